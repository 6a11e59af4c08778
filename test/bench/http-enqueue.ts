import { redisComponent } from '@stevedore/testkit'
import type { Bench, BenchOptions } from './bench.ts'
import { takeTurns } from './measure.ts'
import { endPeer, type LoadResult, type Peer, peers, post, startServer } from './peers.ts'
import { type Backends, build, declareApp, dryRun, openBackends, startProduct } from './product.ts'
import type { Measurement } from './table.ts'

const clientCounts = [1, 8, 64, 256]
const contenders: Peer[] = ['bullmq-redis', 'pg-boss', 'graphile-worker']

/**
 * Ours is `stevedore api`: the job, its event, its message and its audit entry, under an idempotency key. Theirs is their plain `add`, which
 * keeps neither key nor trail. A build is what most is asked for; a deploy is judged by what is there besides, and has no peer.
 */
export const httpEnqueueBench: Bench = {
  name: 'http-enqueue',
  title: 'a request over HTTP that is recorded for good; peers behind Fastify',
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
  const product = await startProduct(await backends.createDatabase('ours'), { REDIS_URL: backends.redisUrl })
  await declareApp(product)
  await post(product.api.address, { clients: 8, seconds: 1, body: build, token: product.token })
  const servers = await Promise.all(contenders.map(async (peer) => [peer, await openServer(peer, backends)] as const))
  const measurements: Measurement[] = []
  try {
    for (const clients of clientCounts) {
      const ask = (url: string, body: object) => () =>
        post(url, { clients, seconds: quick ? 2 : 5, body, token: product.token })
      const results = await takeTurns(quick ? 1 : 3, {
        ours: ask(product.api.address, build),
        judged: ask(product.api.address, dryRun),
        ...Object.fromEntries(servers.map(([peer, { address }]) => [peer, ask(address, {})])),
      })
      measurements.push(...toMeasurements(clients, results))
    }
  } finally {
    for (const [, { child }] of servers) await endPeer(child)
    await product.close()
  }
  return measurements
}

/** Warm before it is measured, as ours is. */
async function openServer(peer: Peer, backends: Backends) {
  const url = peer === 'bullmq-redis' ? backends.redisUrl : await backends.createDatabase(peer.replace('-', '_'))
  const server = await startServer(peer, url)
  await post(server.address, { clients: 8, seconds: 1, body: {}, token: '' })
  return server
}

function toMeasurements(clients: number, results: Record<string, LoadResult[]>): Measurement[] {
  const rates = (name: string) => results[name]!.map(({ perS }) => perS)
  const what = `POST /v1/jobs, ${clients} ${clients === 1 ? 'client' : 'clients'}`
  const rows = contenders.map((peer): Measurement => {
    const hasGoal = peer !== 'bullmq-redis' || clients >= 64
    const reference = { name: peers[peer], values: rates(peer) }
    return { what, unit: 'requests/s', ours: rates('ours'), reference, ...(hasGoal && { goal: { atLeastRatio: 1 } }) }
  })
  return [
    ...rows,
    { what: `${what}, p99`, unit: 'ms', ours: results.ours!.map(({ p99Ms }) => p99Ms) },
    { what: `${what}, a deploy`, unit: 'requests/s', ours: rates('judged') },
  ]
}
