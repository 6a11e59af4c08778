import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** Which rooms a room may import; ARCHITECTURE.md says why. Imports go down only. */
const packages: Record<string, readonly string[]> = {
  'packages/contract': [],
  'packages/telemetry': ['contract'],
  'packages/embedded-postgres': [],
  'packages/config': ['contract'],
  'packages/domain': ['contract'],
  'packages/ledger': ['contract', 'domain'],
  'packages/admission': ['contract', 'domain', 'ledger'],
  'packages/queue': ['contract'],
  'packages/formats': ['contract'],
  'packages/engine': ['contract'],
  'packages/scanner': ['contract', 'domain', 'engine'],
  'packages/engine-docker': ['contract', 'engine', 'formats', 'source'],
  'packages/engine-kubernetes': ['contract', 'engine', 'formats'],
  'packages/source': ['contract'],
}
/** What ships, so all but the parts of tests. */
const every = Object.keys(packages).map((room) => room.replace('packages/', ''))

const rooms: Record<string, readonly string[]> = {
  ...packages,
  'packages/testkit': every,
  'apps/console': ['contract'],
  'apps/api': ['console', 'contract', 'domain', 'admission', 'ledger', 'queue', 'source', 'config', 'telemetry'],
  'apps/worker': every.filter((name) => name !== 'embedded-postgres'),
  'apps/server': ['api', 'worker', ...every],
  'apps/cli': ['contract', 'config', 'formats', 'source'],
  bin: ['cli', 'server'],
}

/** Each vendor is known to one room. `pg` is BullMQ's to load as well. The testkit meets them all, beside what it tests. */
const vendors: Record<string, readonly string[]> = {
  'drizzle-orm': ['packages/ledger'],
  pg: ['packages/ledger', 'packages/queue'],
  bullmq: ['packages/queue'],
  ioredis: ['packages/queue'],
  '@bull-board': ['packages/queue'],
  croner: ['packages/domain'],
  dockerode: ['packages/engine-docker'],
  '@kubernetes/client-node': ['packages/engine-kubernetes'],
  'prom-client': ['packages/telemetry'],
  pino: ['packages/telemetry'],
  '@opentelemetry': ['packages/telemetry'],
  fastify: ['apps/api', 'packages/queue'],
  commander: ['apps/cli', 'apps/server'],
  'lit-html': ['apps/console'],
  ansi_up: ['apps/console'],
  'embedded-postgres': ['packages/embedded-postgres'],
  '@embedded-postgres': ['packages/embedded-postgres'],
}

/** What opens or changes the tables of a database or a transport: there is one process that does, so one room. */
const openers = /\b(openLedger|migrateLedger|create(Postgres|Redis)Transport|migrateTransport)\b/

interface Import {
  file: string
  room: string
  name: string
  /** An `import()`, which runs when it is reached. */
  lazy: boolean
}

const sources = '{{apps,packages}/*/src,bin}/**/*.ts'
const isTest = (file: string) => /\.test\.ts$|conformance/.test(file)
const files = globSync(sources, { cwd: root }).filter((file) => !isTest(file))
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const roomOf = (file: string) => (file.startsWith('bin/') ? 'bin' : file.split('/').slice(0, 2).join('/'))

function readImports(file: string): Import[] {
  return [...read(file).matchAll(/(from|import\()\s*'([^']+)'/g)].map(([, how, name = '']) => ({
    file,
    room: roomOf(file),
    name,
    lazy: how === 'import(',
  }))
}

const imports = files.flatMap(readImports)

test('every folder of apps and packages is a room with a line here', () => {
  const found = globSync('{apps,packages}/*', { cwd: root })
  expect([...found, 'bin'].sort()).toEqual(Object.keys(rooms).sort())
})

test('a room imports only what lies below it', () => {
  const wrong = imports.filter(({ room, name }) => {
    const found = /^@stevedore\/([^/]+)/.exec(name)?.[1]
    return found !== undefined && !rooms[room]?.includes(found)
  })
  expect(wrong).toEqual([])
})

/** The contract has a second entry point of what needs no schema, for what must be there at once. */
const entryPoints = /^@stevedore\/([^/]+|contract\/words)$/

test('packages are imported by their entry points', () => {
  const leaves = ({ file, room, name }: Import) => !join(file, '..', name).startsWith(`${room}/`)
  const inner = imports.filter((one) =>
    one.name.startsWith('.') ? leaves(one) : one.name.startsWith('@stevedore/') && !entryPoints.test(one.name),
  )
  expect(inner).toEqual([])
})

test('each vendor is known to its own room alone', () => {
  const wrong = imports.filter(({ room, name }) => {
    const vendor = Object.keys(vendors).find((known) => name === known || name.startsWith(`${known}/`))
    return room !== 'packages/testkit' && vendor !== undefined && !vendors[vendor]?.includes(room)
  })
  expect(wrong).toEqual([])
})

test('the ledger reads drizzle-orm in one file, which says why', () => {
  const reading = imports.filter(({ name }) => name.startsWith('drizzle-orm'))
  expect(new Set(reading.map(({ file }) => file))).toEqual(new Set(['packages/ledger/src/foundation/drizzle.ts']))
})

test('the server alone opens the database and the transport', () => {
  const own = ['packages/ledger', 'packages/queue', 'packages/testkit']
  const opening = files.filter((file) => !own.includes(roomOf(file)) && openers.test(read(file)))
  expect(new Set(opening.map(roomOf))).toEqual(new Set(['apps/server']))
})

test('what a command does not need is not loaded for it: no part of a server for the help', () => {
  const loaded = listLoaded('bin/main.ts')
  expect(loaded).toContain('apps/server/src/commands.ts')
  expect(new Set(loaded.map(roomOf))).toEqual(
    new Set(['bin', 'apps/cli', 'apps/server', 'packages/config', 'packages/contract']),
  )
})

/** The files that are loaded before anything runs. */
function listLoaded(file: string, found = new Set<string>()): string[] {
  if (found.has(file)) return []
  found.add(file)
  for (const { name, lazy } of readImports(file)) {
    if (lazy || !/^(\.|@stevedore\/)/.test(name)) continue
    const from = name.startsWith('.') ? join(root, dirname(file), name) : fileURLToPath(import.meta.resolve(name))
    listLoaded(relative(root, from), found)
  }
  return [...found]
}

test('nothing hides in a drawer or behind a star', () => {
  const all = globSync('{apps,packages}/*/src/**/*', { cwd: root })
  expect(
    all.filter((file) => /\/(utils?|common|helpers?|services?|managers?|processors?)(\/|\.|$)/.test(file)),
  ).toEqual([])
  const stars = globSync(sources, { cwd: root }).filter((file) => /^export \* /m.test(read(file)))
  expect(stars).toEqual([])
})

test('the check sees imports at all', () => {
  expect(imports.length).toBeGreaterThan(500)
})
