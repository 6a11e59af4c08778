import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { followWorlds } from '../../test/chaos/deploy-engine.ts'
import type { Series } from './judge-flatness.ts'
import type { Stand } from './stand.ts'

/** Rows that are kept of each job, for good or for longer than a soak: so many of each job is what must not grow. */
const KEPT_OF_JOBS = ['attempts', 'audit', 'events', 'idempotency_keys', 'log_chunks', 'steps']
const JOBS = 'jobs'
/** What is removed once it is old or there is enough of it: messages for the board by number, the rest by retention, every five minutes. */
const BOUNDS: Record<string, number> = {
  'keys in Redis': 2_200,
  'rows of stevedore_queue.job': 2_200,
  'rows of stevedore_queue.event': 51_000,
  'rows of outbox': 600,
  'rows of images': 400,
  'rows of revisions': 400,
}

const allowances = {
  memory: { ratio: 0.15, more: 24 },
  descriptors: { ratio: 0.15, more: 8 },
  connections: { ratio: 0.15, more: 8 },
  folders: { ratio: 0.15, more: 6 },
  replicas: { ratio: 0.15, more: 4 },
  rows: { ratio: 0.15, more: 30 },
  rowsPerJob: { ratio: 0.15, more: 0.2 },
  keys: { ratio: 0.15, more: 100 },
}

/** Figures of all that could be left behind, over time. */
export function openSampler(stand: Stand, apps: readonly string[]) {
  const series = new Map<string, { allowance: Series['allowance']; values: number[] }>()
  const worldOf = followWorlds(stand.stage.script)
  const add = (name: string, kind: keyof typeof allowances, value: number | undefined) => {
    if (value === undefined) return
    const found = series.get(name) ?? { allowance: allowances[kind], values: [] }
    found.values.push(value)
    series.set(name, found)
  }

  /** What is away at the moment has no figure then. */
  async function sample(): Promise<void> {
    for (const [name, pid] of [
      ['API', stand.apis[0]?.pid],
      ['worker', stand.workers[0]?.pid],
    ] as const) {
      add(`memory of the first ${name}, MiB`, 'memory', await readMemoryMib(pid))
      add(`descriptors of the first ${name}`, 'descriptors', await countDescriptors(pid))
    }
    add('folders of the workers', 'folders', await countFolders(stand.stage.dataDir))
    const replicas = apps.flatMap((app) => Object.values(worldOf(app).replicas))
    add(
      'replicas that run',
      'replicas',
      replicas.reduce((sum, count) => sum + count, 0),
    )
    const reply = await stand.redis?.command('DBSIZE').catch(() => undefined)
    if (reply?.startsWith(':')) add('keys in Redis', 'keys', Number(reply.slice(1)))
    await sampleTables().catch(() => {})
  }

  async function sampleTables(): Promise<void> {
    const { connections, rows } = await readTables(stand.postgres.url)
    add('connections to Postgres', 'connections', connections)
    const jobs = rows.get(JOBS) ?? 0
    for (const [table, count] of rows) {
      if (table === JOBS) continue
      if (!KEPT_OF_JOBS.includes(table)) add(`rows of ${table}`, 'rows', count)
      else if (jobs > 0) add(`rows of ${table} for each job`, 'rowsPerJob', count / jobs)
    }
  }

  return {
    sample,
    list: (): Series[] => [...series].map(([name, figures]) => ({ name, ...figures, bound: BOUNDS[name] })),
  }
}

async function readMemoryMib(pid: number | undefined): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB/m.exec(status) ?? []
  return kibibytes === undefined ? undefined : Number(kibibytes) / 1024
}

async function countDescriptors(pid: number | undefined): Promise<number | undefined> {
  return (await readdir(`/proc/${pid}/fd`).catch(() => undefined))?.length
}

/** A folder may go while it is read. */
async function countFolders(dir: string): Promise<number> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => [])
  const inner = await Promise.all(
    entries.filter((entry) => entry.isDirectory()).map((entry) => countFolders(join(dir, entry.name))),
  )
  return inner.reduce((sum, count) => sum + count, inner.length)
}

/** Of all schemas that are ours: the ledger's, and the transport's where Postgres carries it. */
async function readTables(url: string): Promise<{ connections: number; rows: Map<string, number> }> {
  const client = new Client({ connectionString: url, statement_timeout: 5_000, connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    const found = await client.query(
      `select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
    )
    const rows = new Map<string, number>()
    for (const { schemaname, tablename } of found.rows) {
      const name = schemaname === 'public' ? tablename : `${schemaname}.${tablename}`
      const { rows: counted } = await client.query(`select count(*)::int as rows from "${schemaname}"."${tablename}"`)
      rows.set(name, counted[0].rows)
    }
    const { rows: counted } = await client.query('select count(*)::int as connections from pg_stat_activity')
    return { connections: counted[0].connections, rows }
  } finally {
    await client.end().catch(() => {})
  }
}
