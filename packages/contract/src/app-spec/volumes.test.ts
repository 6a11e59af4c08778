import { describe, expect, test } from 'vitest'
import { listFaults } from '../errors/faults.ts'
import { environmentSpec } from './environment.ts'
import { findVolumeLosses } from './volumes.ts'

const data = { data: { path: '/data' } }
const shared = { data: { path: '/data', shared: true } }
const onDocker = (settings: object) => ({ engine: 'docker', ...settings })
const onCluster = (settings: object) => ({ engine: 'kubernetes', namespace: 'shop', ...settings })

/** The faults of settings that are refused, as `path code`. */
function faultsOf(settings: object): string[] {
  const parsed = environmentSpec.safeParse(settings)
  return parsed.success ? [] : listFaults(parsed.error).map(({ path, code }) => `${path.join('.')} ${code}`)
}

test('what has a volume of its own is recreated, unless it says otherwise', () => {
  const parse = (settings: object) => environmentSpec.parse(onDocker(settings)).strategy.type
  expect(parse({ volumes: data })).toBe('recreate')
  expect(parse({ volumes: { ...shared, other: { path: '/other' } } })).toBe('recreate')
  expect(parse({ volumes: shared })).toBe('rolling')
  expect(parse({ volumes: {} })).toBe('rolling')
  expect(parse({ strategy: 'recreate' })).toBe('recreate')
})

test.each([
  ['several replicas', { replicas: 2 }, ['replicas custom']],
  ['a rolling update', { strategy: 'rolling' }, ['strategy custom']],
  ['two colours', { strategy: 'blue-green' }, ['strategy custom']],
  ['a canary beside it', { strategy: 'canary', replicas: 3 }, ['replicas custom', 'strategy custom']],
])('an unshared volume and %s do not go together, and a shared one does', (_name, settings, faults) => {
  expect(faultsOf(onDocker({ volumes: data, ...settings }))).toEqual(faults)
  expect(faultsOf(onDocker({ volumes: shared, ...settings }))).toEqual([])
})

test('a cluster is told a size, and scales no more than one that has its data alone', () => {
  const sized = { data: { path: '/data', size: '10Gi' } }
  expect(faultsOf(onCluster({ volumes: data }))).toEqual(['volumes.data.size custom'])
  expect(faultsOf(onCluster({ volumes: sized }))).toEqual([])
  expect(faultsOf(onCluster({ volumes: sized, autoscale: { cpu: 80, min: 1, max: 2 } }))).toEqual(['autoscale custom'])
  expect(faultsOf(onCluster({ volumes: sized, manifests: 'k8s' }))).toEqual(['volumes custom'])
})

describe('refused', () => {
  test.each([
    '/',
    'data',
    '/data/',
    '//data',
    '/data/../etc',
    '/./data',
    '/data/.',
    '/da ta',
    '/data\n',
    '/data:ro',
    '/proc/1',
    '/sys',
    '/dev/shm',
    '/tmp',
    '/tmp/x',
    `/${'a'.repeat(200)}`,
  ])('the path %j', (path) => {
    expect(faultsOf(onDocker({ volumes: { data: { path } } }))).not.toEqual([])
  })

  test.each(['Data', 'da.ta', '../x', '', 'a'.repeat(41), '<img>'])('the name %j', (name) => {
    const given = JSON.parse(`{${JSON.stringify(name)}: {"path": "/data"}}`)
    expect(faultsOf(onDocker({ volumes: given }))).not.toEqual([])
  })

  test.each(['10', '1Ki', '-1Gi', '10 Gi', '1e400', 10])('the size %j', (size) => {
    expect(faultsOf(onDocker({ volumes: { data: { path: '/data', size } } }))).not.toEqual([])
  })

  test('what lies within another volume or a path in memory', () => {
    const within = { a: { path: '/data' }, b: { path: '/data/sub' } }
    expect(faultsOf(onDocker({ volumes: within }))).toEqual(['volumes.b.path custom'])
    for (const path of ['/data/cache', '/data/', '/data'])
      expect(faultsOf(onDocker({ volumes: data, writablePaths: [path] }))).toEqual(['volumes.data.path custom'])
    expect(faultsOf(onDocker({ volumes: { a: { path: '/data' }, b: { path: '/data2' } } }))).toEqual([])
  })

  test('more than ten', () => {
    const many = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`v${index}`, { path: `/v${index}` }]))
    expect(faultsOf(onDocker({ volumes: many }))).toEqual(['volumes custom'])
  })

  test.each([[['/:/host']], [[]], [{ data: '/var/run/docker.sock:/x' }]])('a folder of the machine: %j', (given) => {
    expect(faultsOf(onDocker({ volumes: given }))).toEqual(['volumes policy-violation'])
  })
})

test('what is in a volume has to stay: it only grows, and is shared or not for good', () => {
  const of = (size: string, more = {}) => ({ volumes: { data: { path: '/data', size, shared: false, ...more } } })
  expect(findVolumeLosses(of('10Gi'), of('20Gi'))).toEqual([])
  expect(findVolumeLosses(of('10Gi'), of('10240Mi'))).toEqual([])
  expect(findVolumeLosses({}, of('1Gi'))).toEqual([])
  expect(findVolumeLosses(of('10Gi'), {})).toEqual([])
  expect(findVolumeLosses(of('10Gi'), of('5Gi', { shared: true }))).toEqual([
    'volume data: 10Gi cannot become 5Gi: a volume only grows',
    'volume data: shared false cannot become true: take another name for it',
  ])
})
