import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** Which rooms a room may import; ARCHITECTURE.md says why. Imports go down only. */
const rooms: Record<string, readonly string[]> = {
  'packages/contract': [],
  'packages/telemetry': [],
  'packages/embedded-postgres': [],
  'packages/config': ['contract'],
  'packages/domain': ['contract'],
  'packages/ledger': ['contract', 'domain'],
  'packages/queue': ['contract'],
  'packages/engine': ['contract'],
  'packages/engine-docker': ['contract', 'engine'],
  'packages/engine-kubernetes': ['contract', 'engine'],
  'packages/source': ['contract'],
  'apps/api': ['contract', 'domain', 'ledger', 'queue', 'source', 'config', 'telemetry'],
  'apps/worker': [
    'contract',
    'domain',
    'ledger',
    'queue',
    'engine',
    'engine-docker',
    'engine-kubernetes',
    'source',
    'config',
    'telemetry',
  ],
}

/** Each vendor is known to one room. `pg` is BullMQ's to load as well. */
const vendors: Record<string, readonly string[]> = {
  'drizzle-orm': ['packages/ledger'],
  pg: ['packages/ledger', 'packages/queue'],
  bullmq: ['packages/queue'],
  ioredis: ['packages/queue'],
  '@bull-board': ['packages/queue'],
  dockerode: ['packages/engine-docker'],
  '@kubernetes/client-node': ['packages/engine-kubernetes'],
  'prom-client': ['packages/telemetry'],
  pino: ['packages/telemetry'],
  '@opentelemetry': ['packages/telemetry'],
  fastify: ['apps/api', 'packages/queue'],
  commander: ['apps/cli'],
  'embedded-postgres': ['packages/embedded-postgres'],
  '@embedded-postgres': ['packages/embedded-postgres'],
}

interface Import {
  file: string
  room: string
  name: string
}

function listImports(): Import[] {
  const files = globSync('{apps,packages}/*/src/**/*.ts', { cwd: root })
  return files.filter((file) => !/\.test\.ts$|conformance|^packages\/testkit\//.test(file)).flatMap(readImports)
}

function readImports(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  const room = file.split('/').slice(0, 2).join('/')
  return [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, name]) => ({ file, room, name: name as string }))
}

const imports = listImports()

test('a room imports only what lies below it', () => {
  const wrong = imports.filter(({ room, name }) => {
    const found = /^@stevedore\/([^/]+)/.exec(name)?.[1]
    const allowed = rooms[room]
    return found !== undefined && allowed !== undefined && !allowed.includes(found)
  })
  expect(wrong).toEqual([])
})

test('packages are imported by their entry point', () => {
  const inner = imports.filter(
    ({ name }) => /^@stevedore\/[^/]+\//.test(name) || /^(\.\.\/)+(apps|packages)\//.test(name),
  )
  expect(inner).toEqual([])
})

test('each vendor is known to its own room alone', () => {
  const wrong = imports.filter(({ room, name }) => {
    const vendor = Object.keys(vendors).find((known) => name === known || name.startsWith(`${known}/`))
    return vendor !== undefined && !vendors[vendor]?.includes(room)
  })
  expect(wrong).toEqual([])
})

test('nothing hides in a drawer or behind a star', () => {
  const files = globSync('{apps,packages}/*/src/**/*', { cwd: root })
  expect(
    files.filter((file) => /\/(utils?|common|helpers?|services?|managers?|processors?)(\/|\.|$)/.test(file)),
  ).toEqual([])
  const stars = globSync('{apps,packages}/*/src/**/*.ts', { cwd: root }).filter((file) =>
    /^export \* /m.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(stars).toEqual([])
})

test('the check sees imports at all', () => {
  expect(imports.length).toBeGreaterThan(500)
})
