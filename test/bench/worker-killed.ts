import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { redisComponent } from '@stevedore/testkit'
import { type StevedoreProcess, watchProcess } from '../harness/stevedore-process.ts'
import type { Bench } from './bench.ts'
import { takeTurns } from './measure.ts'
import { build, declareApp, openBackends, type Product, startProduct } from './product.ts'
import type { Measurement } from './table.ts'

const goal = { atMost: 10 }

/**
 * `kill -9` of the worker that has a job, beside another that has nothing to do: until that one has it. What others document as their
 * default is beside it and was not run: after `lockDuration` and up to `stalledInterval` (BullMQ), `expireInSeconds` (pg-boss), or the
 * four hours after which graphile-worker takes a job for abandoned.
 */
export const workerKilledBench: Bench = {
  name: 'worker-killed',
  title: 'from the kill -9 of a worker to its job’s next start',
  components: [redisComponent],
  async run({ quick }) {
    const backends = await openBackends()
    try {
      const onRedis = await startProduct(await backends.createDatabase('on_redis'), { REDIS_URL: backends.redisUrl })
      const onPostgres = await startProduct(await backends.createDatabase('on_postgres'))
      try {
        for (const product of [onRedis, onPostgres]) await declareApp(product)
        const results = await takeTurns(quick ? 1 : 5, {
          redis: () => killAndWait(onRedis),
          postgres: () => killAndWait(onPostgres),
        })
        return toMeasurements(results)
      } finally {
        await onRedis.close()
        await onPostgres.close()
      }
    } finally {
      await backends.close()
    }
  },
}

function toMeasurements({ redis, postgres }: Record<'redis' | 'postgres', number[]>): Measurement[] {
  const what = 'killed worker, next start'
  const documented = (name: string, s: number) => ({ name: `${name}, documented`, values: [s] })
  const ours = { what: `${what}, the Redis transport`, unit: 's', ours: redis, goal }
  return [
    { ...ours, reference: documented('BullMQ', 30) },
    { ...ours, reference: documented('pg-boss', 15 * 60) },
    { ...ours, reference: documented('graphile-worker', 4 * 60 * 60) },
    { what: `${what}, the Postgres transport`, unit: 's', ours: postgres, goal },
  ]
}

/** @returns seconds */
async function killAndWait(product: Product): Promise<number> {
  const [first, second] = [startHolder(product.env), startHolder(product.env)]
  try {
    await Promise.all([first, second].map((worker) => worker.waitForLine(/"working"/)))
    const { body } = await product.api.call('POST', '/v1/jobs', { body: build })
    // Those of the turns before are taken up as well.
    const began = new RegExp(`^began ${body.id}`)
    const holder = await Promise.race([first, second].map((worker) => worker.waitForLine(began).then(() => worker)))
    const other = holder === first ? second : first
    const since = performance.now()
    holder.signal('SIGKILL')
    await other.waitForLine(began)
    return (performance.now() - since) / 1_000
  } finally {
    for (const worker of [first, second]) worker.signal('SIGKILL')
    await Promise.all([first, second].map(({ ended }) => ended))
  }
}

function startHolder(env: Record<string, string>): StevedoreProcess {
  const program = join(import.meta.dirname, 'noop-worker.ts')
  const more = { PATH: process.env.PATH, WORKER_CONCURRENCY: '8', ...env }
  return watchProcess(spawn(process.execPath, [program, 'hold'], { env: more, stdio: ['ignore', 'pipe', 'pipe'] }))
}
