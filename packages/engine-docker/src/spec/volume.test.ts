import { defaultAppLimits, environmentSpec } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { describeSpec } from './changes.ts'
import { buildContainerSpec } from './container.ts'
import { volumeLabels, volumeName } from './volume.ts'

const settings = environmentSpec.parse({ engine: 'docker', volumes: { uploads: { path: '/data' }, a: { path: '/a' } } })
const place = { app: 'shop', environment: 'staging', settings }
const release = { revision: 3, version: '1.0.0', image: 'x', secrets: {}, credential: undefined, changeCause: '' }
const options = { part: 1, jobId: 'job', network: 'stevedore', appLimits: defaultAppLimits } as const

test('a volume is mounted by a name that no two places share, and filled by no container', () => {
  const spec = buildContainerSpec({ ...place, ...release }, options)
  const [first, second, ...more] = spec.HostConfig?.Mounts ?? []
  expect(more).toEqual([])
  expect(first).toMatchObject({ Source: 'stevedore.shop.staging.a', Target: '/a' })
  expect(second).toEqual({
    Type: 'volume',
    Source: 'stevedore.shop.staging.uploads',
    Target: '/data',
    VolumeOptions: {
      NoCopy: true,
      Labels: {
        'io.stevedore.network': 'stevedore',
        'io.stevedore.app': 'shop',
        'io.stevedore.environment': 'staging',
        'io.stevedore.role': 'volume',
        'io.stevedore.volume': 'uploads',
      },
      DriverConfig: { Name: 'local', Options: {} },
    },
  })
  expect(describeSpec(spec)).toMatchObject({ 'volume stevedore.shop.staging.uploads': '/data' })
})

test('what reads the same side by side is told apart', () => {
  const name = (app: string, environment: string, volume: string) => volumeName('n', { app, environment }, volume)
  const names = [name('a', 'b-c', 'd'), name('a-b', 'c', 'd'), name('a', 'b', 'c-d'), name('a', 'b', 'd')]
  expect(new Set(names).size).toBe(names.length)
  expect(volumeLabels('n', place, 'uploads')).not.toEqual(volumeLabels('m', place, 'uploads'))
})
