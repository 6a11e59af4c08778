import { spawn } from 'node:child_process'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { redisComponent } from '@stevedore/testkit'
import pg from 'pg'
import { type StevedoreProcess, watchProcess } from '../harness/stevedore-process.ts'
import type { Bench } from './bench.ts'
import { readMemoryMiB, takeTurns } from './measure.ts'
import { post } from './peers.ts'
import { build, declareApp, openBackends, type Product, startProduct } from './product.ts'
import type { Measurement } from './table.ts'

const crowds = [1, 2, 4, 8]
/** Of jobs at a time, in each worker. */
const concurrency = 8

interface Drained {
  perS: number
  /** Of the largest worker, in MiB: after a tenth of the jobs, and at the end. */
  earlyMiB: number
  lateMiB: number
}

/** One queue of jobs that do nothing, emptied by more and more worker processes: they are to share it, and none is to grow. */
export const severalWorkersBench: Bench = {
  name: 'several-workers',
  title: 'queued jobs that do nothing, by 1, 2, 4 and 8 workers',
  components: [redisComponent],
  async run({ quick }) {
    const backends = await openBackends()
    const product = await startProduct(await backends.createDatabase('ours'), { REDIS_URL: backends.redisUrl })
    const db = new pg.Client({ connectionString: product.databaseUrl })
    try {
      await db.connect()
      await declareApp(product)
      const count = quick ? 2_000 : 100_000
      const drain = (workers: number) => () => drainQueue(product, db, { count, workers })
      const contestants = Object.fromEntries(crowds.map((workers) => [workers, drain(workers)]))
      return toMeasurements(count, await takeTurns(quick ? 1 : 3, contestants))
    } finally {
      await db.end()
      await product.close()
      await backends.close()
    }
  },
}

/** Rate and time are the ledger's own: from the first start to the last end that it has. */
async function drainQueue(
  product: Product,
  db: pg.Client,
  { count, workers }: { count: number; workers: number },
): Promise<Drained> {
  const { rows } = await db.query<{ seq: string }>('select coalesce(max(seq), 0) as seq from jobs')
  const after = Number(rows[0]!.seq)
  await post(product.api.address, { clients: 64, amount: count, body: build, token: product.token })
  const crew = Array.from({ length: workers }, () => startWorker(product.env))
  const pids = crew.map(({ pid }) => pid)
  try {
    await waitUntilLeft(db, after, 0.9 * count)
    const earlyMiB = await readMemoryMiB(pids)
    await waitUntilLeft(db, after, 0)
    const lateMiB = await readMemoryMiB(pids)
    const wall = 'extract(epoch from max(finished_at) - min(started_at))::float8 as s'
    const { rows: walls } = await db.query<{ s: number }>(`select ${wall} from jobs where seq > $1`, [after])
    return { perS: count / walls[0]!.s, earlyMiB, lateMiB }
  } finally {
    for (const worker of crew) worker.signal('SIGKILL')
    await Promise.all(crew.map((worker) => worker.ended))
  }
}

function startWorker(env: Record<string, string>): StevedoreProcess {
  const program = join(import.meta.dirname, 'noop-worker.ts')
  const more = { PATH: process.env.PATH, WORKER_CONCURRENCY: String(concurrency), ...env }
  return watchProcess(spawn(process.execPath, [program], { env: more, stdio: ['ignore', 'pipe', 'pipe'] }))
}

/** Looks seldom: to count is work for the Postgres that is measured. */
async function waitUntilLeft(db: pg.Client, after: number, most: number): Promise<void> {
  for (;;) {
    const { rows } = await db.query<{ left: number }>(
      `select count(*)::int as left from jobs where seq > $1 and state in ('queued', 'running', 'waiting')`,
      [after],
    )
    if (rows[0]!.left <= most) return
    await pause(1_000)
  }
}

/** A job costs Postgres as much processor time as its worker: another worker is to help as long as there are two processors for each, and to cost next to nothing from then on. */
function toMeasurements(count: number, results: Record<string, Drained[]>): Measurement[] {
  const of = (workers: number, key: keyof Drained) => results[workers]!.map((drained) => drained[key])
  return crowds.flatMap((workers): Measurement[] => {
    const helping = Math.max(1, Math.min(workers, Math.floor(cpus().length / 2)))
    const goal = workers === 1 ? {} : { goal: { atLeastRatio: helping === 1 ? 0.9 : 0.8 * helping } }
    const reference = workers === 1 ? {} : { reference: { name: 'one worker', values: of(1, 'perS') } }
    const name = `${count} jobs, ${workers} ${workers === 1 ? 'worker' : 'workers'}`
    return [
      { what: name, unit: 'jobs/s', ours: of(workers, 'perS'), ...reference, ...goal },
      {
        what: `${name}, memory of the largest`,
        unit: 'MiB',
        ours: of(workers, 'lateMiB'),
        reference: { name: 'after a tenth of them', values: of(workers, 'earlyMiB') },
        goal: { atMostRatio: 1.1, plus: 32 },
      },
    ]
  })
}
