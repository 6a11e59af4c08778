import { redisComponent } from '@stevedore/testkit'
import type { Bench, BenchOptions } from './bench.ts'
import { takeTurns } from './measure.ts'
import { type Peer, peers, post, startOwnWork, startWork, type WorkResult } from './peers.ts'
import { type Backends, build, declareApp, openBackends, type Product, startProduct } from './product.ts'
import type { Measurement } from './table.ts'

/** Beside BullMQ on the same backend half as many will do: it keeps neither states nor a trail. */
const transports = {
  redis: { peer: 'bullmq-redis', what: 'the Redis transport' },
  postgres: { peer: 'bullmq-postgres', what: 'the Postgres transport' },
} as const

type TransportName = keyof typeof transports
const queues: Peer[] = ['pg-boss', 'graphile-worker']

/**
 * Jobs that do nothing, all of them queued before the worker starts, eight at a time. Ours go from the outbox through the transport to a
 * `stevedore worker` that claims and ends each; theirs are taken, handled and taken off.
 */
export const jobPathBench: Bench = {
  name: 'job-path',
  title: 'queued jobs that do nothing, through the whole path',
  components: [redisComponent],
  async run(options) {
    const backends = await openBackends()
    try {
      return await compare(backends, options)
    } finally {
      await backends.close()
    }
  },
}

async function compare(backends: Backends, { quick }: BenchOptions): Promise<Measurement[]> {
  const count = quick ? 2_000 : 10_000
  const urls = new Map<Peer, string>([['bullmq-redis', backends.redisUrl]])
  for (const peer of ['bullmq-postgres', ...queues] as const)
    urls.set(peer, await backends.createDatabase(peer.replace('-', '_')))
  const products = {
    redis: await openProduct(backends, 'ours_redis', { REDIS_URL: backends.redisUrl }),
    postgres: await openProduct(backends, 'ours_postgres', {}),
  }
  try {
    const theirs = (peer: Peer) => () => startWork(peer, urls.get(peer)!, { count, fill: true }).end()
    const results = await takeTurns(quick ? 1 : 3, {
      redis: () => runOwn(products.redis, count),
      postgres: () => runOwn(products.postgres, count),
      ...Object.fromEntries([...urls.keys()].map((peer) => [peer, theirs(peer)])),
    })
    return toMeasurements(count, results)
  } finally {
    for (const product of Object.values(products)) await product.close()
  }
}

async function openProduct(backends: Backends, database: string, env: Record<string, string>): Promise<Product> {
  const product = await startProduct(await backends.createDatabase(database), env)
  await declareApp(product)
  return product
}

async function runOwn(product: Product, count: number): Promise<WorkResult> {
  await post(product.api.address, { clients: 64, amount: count, body: build, token: product.token })
  return startOwnWork(product.env, count).end()
}

function toMeasurements(count: number, results: Record<string, WorkResult[]>): Measurement[] {
  const rates = (name: string) => results[name]!.map(({ wallMs }) => (count * 1_000) / wallMs)
  return (Object.keys(transports) as TransportName[]).flatMap((name) => {
    const { peer, what } = transports[name]
    const beside = (reference: Peer, atLeastRatio: number): Measurement => ({
      ...{ what: `${count} jobs, ${what}`, unit: 'jobs/s', ours: rates(name) },
      ...{ reference: { name: peers[reference], values: rates(reference) }, goal: { atLeastRatio } },
    })
    return [beside(peer, 0.5), ...queues.map((queue) => beside(queue, 1))]
  })
}
