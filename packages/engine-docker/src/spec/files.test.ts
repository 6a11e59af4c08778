import { defaultAppLimits, environmentSpec } from '@stevedore/contract'
import type { Release } from '@stevedore/engine'
import { expect, test } from 'vitest'
import { describeSpec } from './changes.ts'
import { buildContainerSpec } from './container.ts'
import { readFileMarks } from './files.ts'

const release = (files: object): Release => ({
  ...{ app: 'shop', environment: 'staging', revision: 3, version: '1.0.0', image: 'shop', changeCause: '' },
  ...{ secrets: {}, credential: undefined },
  settings: environmentSpec.parse({ engine: 'docker', files }),
})
const options = { part: 1, jobId: 'job', network: 'stevedore', appLimits: defaultAppLimits, filesFolder: '/volumes/f' }

test('files are mounted read-only, each from the volume of its revision', () => {
  const made = buildContainerSpec(release({ '/etc/app/motd': { text: 'hello\n' } }), options)
  expect(made.HostConfig?.Mounts).toEqual([
    { Type: 'volume', Source: 'stevedore.shop.staging.r3.files', Target: '/run/stevedore/files', ReadOnly: true },
    { Type: 'bind', Source: '/volumes/f/etc_.app_.motd', Target: '/etc/app/motd', ReadOnly: true },
  ])
  const described = describeSpec(made)
  expect(described['file /etc/app/motd']).toBe('0444 "hello\\n" (6 bytes, sha256 5891b5b522d5)')
  expect(Object.keys(described).filter((field) => field.startsWith('volume '))).toEqual([])
})

test('a container without files has neither mounts nor a label for them', () => {
  const { HostConfig, Labels } = buildContainerSpec(release({}), options)
  expect(HostConfig).not.toHaveProperty('Mounts')
  expect(Labels).not.toHaveProperty('io.stevedore.files')
})

test.each(['{', 'null', '1'])('a label that an image brought, %j, tells of no file', (text) => {
  expect(readFileMarks({ 'io.stevedore.files': text })).toEqual([])
})
