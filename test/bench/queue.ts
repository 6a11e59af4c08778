import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@stevedore/config'
import { createFakeDeployEngine, createFakeImageEngine } from '@stevedore/engine/fake'
import { createPostgresTransport, createRedisTransport } from '@stevedore/queue'
import { createLogger, createMetrics } from '@stevedore/telemetry'
import { redisComponent, startRedis, waitOnLedger } from '@stevedore/testkit'
import { startWorker } from '@stevedore/worker'
import { type Bench, measureMs, median, quantile, showMs } from './bench.ts'
import { type BenchLedger, openBenchLedger } from './ledger-for-bench.ts'

const burst = 500
const single = 50
const concurrency = 8

const toBench = (name: 'postgres' | 'redis'): Bench => ({
  name: `queue-${name}`,
  title: `from the request to a worker over ${name}: ${single} jobs one by one, then ${burst} at once`,
  components: name === 'redis' ? [redisComponent] : [],
  async run() {
    const bench = await openBenchLedger()
    const redis = name === 'redis' ? await startRedis() : undefined
    try {
      return [await work(bench, redis?.url)]
    } finally {
      await redis?.stop()
      await bench.close()
    }
  },
})

export const queueBenches = [toBench('postgres'), toBench('redis')]

async function work(bench: BenchLedger, redisUrl: string | undefined) {
  const dataDir = await mkdtemp(join(tmpdir(), 'stevedore-bench-'))
  const worker = await startWorker({
    config: readConfig({ DATABASE_URL: bench.url, STEVEDORE_DATA_DIR: dataDir }),
    ledger: bench.ledger,
    transport: redisUrl ? createRedisTransport({ url: redisUrl }) : createPostgresTransport({ url: bench.url }),
    logger: createLogger({ level: 'silent' }),
    metrics: createMetrics(),
    kinds: ['deploy'],
    concurrency,
    engines: noEngines(),
  })
  try {
    return await measure(bench)
  } finally {
    await worker.close()
    await rm(dataDir, { recursive: true })
  }
}

function noEngines() {
  const deploy = createFakeDeployEngine()
  return { images: createFakeImageEngine(), deploy: { docker: deploy, kubernetes: deploy } }
}

async function measure({ ledger, enqueue }: BenchLedger) {
  for (let n = 0; n < single; n++) {
    await enqueue()
    await untilDone(ledger)
  }
  // The first few meet cold connections and code.
  const claimed = (await readLatencies(ledger)).slice(10)
  const wholeMs = await measureMs(async () => {
    await Promise.all(Array.from({ length: burst }, enqueue))
    await untilDone(ledger)
  })
  return {
    'claimed after, median ms': showMs(median(claimed)),
    'p95 ms': showMs(quantile(claimed, 0.95)),
    'burst, done jobs/s': Math.round((1_000 * burst) / wholeMs),
    'workers at once': concurrency,
  }
}

/** By Postgres's clock, from the transaction that recorded the job to the one that claimed it. */
async function readLatencies({ pool }: BenchLedger['ledger']): Promise<number[]> {
  const text = 'select extract(epoch from started_at - created_at) * 1000 as ms from jobs order by seq'
  return (await pool.query<{ ms: string }>(text)).rows.map(({ ms }) => Number(ms))
}

const doneTimeoutMs = 5 * 60_000

async function untilDone(ledger: BenchLedger['ledger']): Promise<void> {
  const text =
    "select count(*) filter (where state = 'failed') as failed, count(*) as open from jobs where state <> 'succeeded'"
  const look = async () => {
    const { failed, open } = (await ledger.pool.query<{ failed: string; open: string }>(text)).rows[0]!
    if (failed !== '0') throw new Error('a job failed')
    return open === '0' ? true : undefined
  }
  if (!(await waitOnLedger(ledger, look, { timeoutMs: doneTimeoutMs }))) throw new Error('some jobs are not done')
}
