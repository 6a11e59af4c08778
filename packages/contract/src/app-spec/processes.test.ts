import { expect, test } from 'vitest'
import { listFaults } from '../errors/faults.ts'
import { environmentSpec } from './environment.ts'
import { settingsOfProcess } from './process-settings.ts'
import { listProcesses } from './processes.ts'
import { stopMs } from './run-as.ts'

const work = { command: ['node', 'worker.js'] }

function faultsOf(processes: unknown, more: object = {}): string[] {
  const parsed = environmentSpec.safeParse({ engine: 'docker', processes, ...more })
  return parsed.success ? [] : listFaults(parsed.error).map(({ path }) => path.join('.'))
}

test.each<[string, unknown, string]>([
  ['web', { web: work }, 'processes.web'],
  ['a name with a dot', { 'a.b': work }, 'processes.a.b'],
  ['a name of Object', { __proto__: null, constructor: 'x' }, 'processes.constructor'],
  ['nothing of its own', { worker: {} }, 'processes.worker.command'],
  ['a shell line', { worker: { command: 'node worker.js' } }, 'processes.worker.command'],
  ['a path that is asked', { worker: { ...work, health: { path: '/health' } } }, 'processes.worker.health'],
  ['a port', { worker: { ...work, port: 80 } }, 'processes.worker'],
  ['its own user', { worker: { ...work, user: 0 } }, 'processes.worker'],
  ['too many replicas', { worker: { ...work, replicas: 101 } }, 'processes.worker.replicas'],
  ['too long an end', { worker: { ...work, stopTimeout: '2h' } }, 'processes.worker.stopTimeout'],
  ['a list', [work], 'processes'],
])('%s is refused', (_name, processes, path) => {
  expect(faultsOf(processes).join()).toContain(path)
})

test('ten processes are allowed and no more, and none beside manifests', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, work]))
  expect(faultsOf(many(10))).toEqual([])
  expect(faultsOf(many(11))).toEqual(['processes'])
  const onCluster = { engine: 'kubernetes', namespace: 'shop' }
  expect(faultsOf(many(1), onCluster)).toEqual([])
  expect(faultsOf(many(1), { ...onCluster, manifests: 'k8s' })).toEqual(['processes'])
})

test('processes are listed by what they come after, else by their names', () => {
  const list = (given: Record<string, string[] | undefined>) => {
    const processes = Object.fromEntries(
      Object.entries(given).map(([name, after]) => [name, { ...work, ...(after && { after }) }]),
    )
    return listProcesses(environmentSpec.parse({ engine: 'docker', processes })).map(({ name }) => name)
  }
  expect(list({ a: ['c'], b: undefined, c: undefined })).toEqual(['b', 'c', 'a'])
  expect(list({ a: ['b', 'web'], b: ['c'], c: ['web'] })).toEqual(['c', 'b', 'a'])
  expect(list({ b: ['a', 'a'], a: [] })).toEqual(['a', 'b'])
})

test.each<[string, Record<string, string[]>, string[]]>([
  ['itself', { a: ['a'], b: [] }, ['processes.a.after']],
  [
    'one that comes after it',
    { a: ['b'], b: ['c'], c: ['a'], d: [] },
    ['a', 'b', 'c'].map((name) => `processes.${name}.after`),
  ],
  ['one that is not there', { a: ['b'] }, ['processes.a.after']],
  ['one of Object', { a: ['constructor'] }, ['processes.a.after']],
])('a process after %s is refused', (_name, given, paths) => {
  const processes = Object.fromEntries(Object.entries(given).map(([name, after]) => [name, { ...work, after }]))
  expect(faultsOf(processes).toSorted()).toEqual(paths)
  expect(faultsOf(processes, { engine: 'kubernetes', namespace: 'shop' }).toSorted()).toEqual(paths)
})

test('processes are listed by their names, whatever order they were kept in', () => {
  const { processes } = environmentSpec.parse({ engine: 'docker', processes: { worker: work, queue: work } })
  expect(listProcesses({ processes }).map(({ name, replicas }) => [name, replicas])).toEqual([
    ['queue', 1],
    ['worker', 1],
  ])
  expect(listProcesses({})).toEqual([])
})

test('a process has what it shares with web, its own words, and no way in', () => {
  const settings = environmentSpec.parse({
    ...{ engine: 'docker', host: 'shop.test', containerPort: 3000, ports: [{ containerPort: 9, port: 9000 }] },
    ...{ command: ['node', 'web.js'], args: ['--web'], env: { MODE: 'calm' }, secrets: ['KEY'], user: 7, drain: '1m' },
    ...{ health: { path: '/health', deadline: '3m' }, check: { path: '/check' }, migrate: work, stopTimeout: '20s' },
    ...{ resources: { limits: { memory: '1Gi' } }, strategy: 'blue-green' },
    volumes: { shared: { path: '/shared', shared: true } },
    processes: {
      worker: { ...work, replicas: 3, health: { command: ['check'] } },
      slow: { ...work, stopTimeout: '10m' },
    },
  })
  const worker = settingsOfProcess(settings, 'worker')
  expect(worker).toMatchObject({
    ...{ command: ['node', 'worker.js'], replicas: 3, env: { MODE: 'calm' }, secrets: ['KEY'], user: 7 },
    ...{ health: { command: ['check'], deadline: '3m' }, strategy: { type: 'rolling' } },
    volumes: { shared: { path: '/shared', shared: true } },
  })
  for (const key of ['host', 'port', 'ports', 'args', 'check', 'migrate', 'processes', 'resources'])
    expect(worker).toHaveProperty(key, undefined)
  expect(worker.health.path).toBeUndefined()
  expect(stopMs(worker)).toBe(20_000)
  expect(stopMs(settingsOfProcess(settings, 'slow'))).toBe(600_000)
  expect(settingsOfProcess(settings, 'gone').replicas).toBe(0)
})

test('what an image says of web’s health and port is none of a process’ own, and what one alone may have open is web’s', () => {
  const settings = environmentSpec.parse({
    ...{ engine: 'docker', volumes: { data: { path: '/data' } }, processes: { worker: work } },
  })
  const fromImage = { user: 5, group: 6, port: 8080, health: { command: ['curl'] } }
  const worker = settingsOfProcess({ ...settings, fromImage }, 'worker')
  expect(worker.fromImage).toEqual({ user: 5, group: 6 })
  expect(worker.volumes).toBeUndefined()
})
