import { expect, test } from 'vitest'
import { listFaults } from '../errors/faults.ts'
import { imageOfService, listServiceSecrets, listServices, recordedService, versionOfService } from './companions.ts'
import { environmentSpec } from './environment.ts'
import { settingsOfService } from './service-settings.ts'

const digest = `sha256:${'a'.repeat(64)}`
const db = { image: `postgres:18@${digest}` }

function faultsOf(services: unknown, more: object = {}): string[] {
  const parsed = environmentSpec.safeParse({ engine: 'docker', services, ...more })
  return parsed.success ? [] : listFaults(parsed.error).map(({ path }) => path.join('.'))
}

test.each<[string, unknown, string]>([
  ['no image', { db: {} }, 'services.db.image'],
  ['an image by its tag alone', { db: { image: 'postgres:18' } }, 'services.db.image'],
  ['half a digest', { db: { image: 'postgres@sha256:abcd' } }, 'services.db.image'],
  ['two digests', { db: { image: `postgres@${digest}@${digest}` } }, 'services.db.image'],
  ['an id of the engine', { db: { image: digest } }, 'services.db.image'],
  ['an image with a way out of its repository', { db: { image: `../postgres@${digest}` } }, 'services.db.image'],
  ['an option as an image', { db: { image: `--rm@${digest}` } }, 'services.db.image'],
  ['the machine itself', { localhost: db }, 'services.localhost'],
  ['the app’s own replicas', { web: db }, 'services.web'],
  ['a name with a dot', { 'db.data': db }, 'services.db.data'],
  ['a name that leads elsewhere', { '../db': db }, 'services.../db'],
  ['a name of Object', { __proto__: null, constructor: 'x' }, 'services.constructor'],
  ['a folder of the machine', { db: { ...db, volume: '/var/lib:/data' } }, 'services.db.volume'],
  ['a way out of a path', { db: { ...db, volume: { path: '/data/../etc' } } }, 'services.db.volume.path'],
  ['a volume in what the kernel has', { db: { ...db, volume: { path: '/proc/1' } } }, 'services.db.volume.path'],
  [
    'a volume within what is kept in memory',
    { db: { ...db, volume: { path: '/run/db/x' }, writablePaths: ['/run/db/'] } },
    'services.db.volume.path',
  ],
  ['root unsaid', { db: { ...db, user: 0 } }, 'services.db.user'],
  ['what no app is given', { db: { ...db, capabilities: ['SYS_ADMIN'] } }, 'services.db.capabilities.0'],
  ['a shell line', { db: { ...db, command: 'postgres -c x' } }, 'services.db.command'],
  ['a port that is none', { db: { ...db, port: 70_000 } }, 'services.db.port'],
  ['a backup by a shell line', { db: { ...db, backup: { command: 'pg_dumpall' } } }, 'services.db.backup.command'],
  ['a backup of nothing', { db: { ...db, backup: {} } }, 'services.db.backup.command'],
  ['a backup of days', { db: { ...db, backup: { command: ['a'], timeout: '25h' } } }, 'services.db.backup.timeout'],
  ['a backup on time', { db: { ...db, backup: { command: ['a'], at: '0 6 * * *' } } }, 'services.db.backup'],
  ['replicas', { db: { ...db, replicas: 2 } }, 'services.db.replicas'],
  ['a way in', { db: { ...db, host: 'db.example.com' } }, 'services.db.host'],
  ['a path that is asked', { db: { ...db, health: { path: '/' } } }, 'services.db.health.path'],
  ['a list', [db], 'services'],
])('%s is refused', (_name, services, path) => {
  expect(faultsOf(services).join()).toContain(path)
})

test('ten are allowed and no more, on one host where it is Docker, under names that no process has', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`s${index}`, db]))
  expect(faultsOf(many(10))).toEqual([])
  expect(faultsOf(many(11))).toEqual(['services'])
  expect(faultsOf({ db }, { hosts: ['east'] })).toEqual([])
  expect(faultsOf({ db }, { hosts: ['east', 'west'] })).toEqual(['services'])
  expect(faultsOf({ db }, { processes: { db: { command: ['work'] } } })).toEqual(['services.db'])
})

test('a cluster is told the port and the size, and writes the pods itself', () => {
  const cluster = { engine: 'kubernetes', namespace: 'shop' }
  const sized = { ...db, port: 5432, volume: { path: '/data', size: '1Gi' } }
  expect(faultsOf({ db: sized }, cluster)).toEqual([])
  expect(faultsOf({ db: { ...sized, port: undefined } }, cluster)).toEqual(['services.db.port'])
  expect(faultsOf({ db: { ...sized, volume: { path: '/data' } } }, cluster)).toEqual(['services.db.volume.size'])
  expect(faultsOf({ db: sized }, { ...cluster, manifests: 'k8s' })).toEqual(['services'])
  const strategy = { type: 'canary', controller: 'argo', steps: [{ setWeight: 50 }] }
  expect(faultsOf({ db: sized }, { ...cluster, strategy })).toEqual(['services'])
})

test('links are not known', () => {
  expect(faultsOf({ db }, { links: ['db'] })).toEqual(['links'])
})

test.each([
  [`postgres:18@${digest}`, `docker.io/library/postgres@${digest}`, '18'],
  [`ghcr.io/acme/db@${digest}`, `ghcr.io/acme/db@${digest}`, 'aaaaaaaaaaaa'],
  [`registry.test:5000/db:1.2-x@${digest}`, `registry.test:5000/db@${digest}`, '1.2-x'],
])('%s is asked for as %s, version %s', (image, pinned, version) => {
  expect(faultsOf({ db: { image } })).toEqual([])
  expect([imageOfService({ image }), versionOfService({ image })]).toEqual([pinned, version])
})

test('a companion has nothing of its app’s but where it runs', () => {
  const settings = environmentSpec.parse({
    engine: 'docker',
    host: 'shop.test',
    hosts: ['east'],
    env: { LEVEL: 'app' },
    secrets: ['DATABASE_URL'],
    user: 5,
    processes: { worker: { command: ['work'] } },
    files: { '/etc/motd': { text: 'x' } },
    volumes: { uploads: { path: '/up' } },
    services: { db: { ...db, secrets: ['PASSWORD'], volume: { path: '/data' } }, cache: db },
  })
  expect(listServices(settings).map(({ name }) => name)).toEqual(['cache', 'db'])
  expect(listServiceSecrets(settings)).toEqual(['PASSWORD'])
  const own = settingsOfService(settings, 'db', settings.services!.db!)
  expect(own).toMatchObject({
    ...{ engine: 'docker', hosts: ['east'], env: {}, secrets: ['PASSWORD'], replicas: 1, readOnlyRoot: false },
    volumes: { 'db.data': { path: '/data', shared: false } },
    strategy: { type: 'recreate' },
  })
  for (const key of ['host', 'user', 'processes', 'files', 'services'] as const)
    expect(own[key as keyof typeof own], key).toBeUndefined()
})

test('a backup is of the spec alone: a companion is not made with it', () => {
  const backup = { command: ['pg_dumpall'] }
  const settings = environmentSpec.parse({ engine: 'docker', services: { db: { ...db, backup } } })
  const declared = settings.services!.db!
  expect(declared.backup).toEqual({ ...backup, timeout: '1h' })
  expect(settingsOfService(settings, 'db', declared)).not.toHaveProperty('backup')
  expect(recordedService.safeParse(declared).success).toBe(false)
  const { backup: _backup, ...made } = declared
  expect(recordedService.parse(made)).toEqual(made)
})
