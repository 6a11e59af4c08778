import { redisComponent } from '@stevedore/testkit'
import type { Bench, BenchOptions } from './bench.ts'
import { quantile, takeTurns } from './measure.ts'
import { endPeer, type Peer, peers, post, startOwnWork, startServer, startWork, type WorkResult } from './peers.ts'
import { type Backends, build, declareApp, openBackends, startProduct } from './product.ts'
import type { Measurement } from './table.ts'

const contenders: Peer[] = ['bullmq-redis', 'pg-boss', 'graphile-worker']
const loads = [
  { name: 'idle', perS: 5, clients: 1 },
  { name: '100 requests/s', perS: 100, clients: 8 },
]

/** From the moment in which a request over HTTP is accepted to the start of its handler, at a steady rate that all of them bear. */
export const jobDelayBench: Bench = {
  name: 'job-delay',
  title: 'from the acceptance of a request to the start of its handler',
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

type Contestant = (load: (typeof loads)[number], count: number) => Promise<WorkResult>

async function compare(backends: Backends, { quick }: BenchOptions): Promise<Measurement[]> {
  const product = await startProduct(await backends.createDatabase('ours'), { REDIS_URL: backends.redisUrl })
  await declareApp(product)
  const ours: Contestant = ({ perS, clients }, amount) => {
    const work = startOwnWork(product.env, amount)
    return measure(work, () => post(product.api.address, { clients, amount, perS, body: build, token: product.token }))
  }
  const theirs = await Promise.all(contenders.map(async (peer) => [peer, await openPeer(peer, backends)] as const))
  const measurements: Measurement[] = []
  try {
    for (const load of loads) {
      const count = load.perS * (quick ? 5 : 20)
      const ask = (contestant: Contestant) => () => contestant(load, count)
      const results = await takeTurns(quick ? 1 : 3, {
        ours: ask(ours),
        ...Object.fromEntries(theirs.map(([peer, { contestant }]) => [peer, ask(contestant)])),
      })
      measurements.push(...toMeasurements(load.name, results))
    }
  } finally {
    for (const [, { close }] of theirs) await close()
    await product.close()
  }
  return measurements
}

async function measure(work: ReturnType<typeof startWork>, ask: () => Promise<unknown>): Promise<WorkResult> {
  await work.ready()
  const ended = work.end()
  await ask()
  return ended
}

async function openPeer(peer: Peer, backends: Backends): Promise<{ contestant: Contestant; close(): Promise<void> }> {
  const url = peer === 'bullmq-redis' ? backends.redisUrl : await backends.createDatabase(peer.replace('-', '_'))
  const { address, child } = await startServer(peer, url)
  return {
    contestant: ({ perS, clients }, amount) =>
      measure(startWork(peer, url, { count: amount }), () =>
        post(address, { clients, amount, perS, body: {}, token: '' }),
      ),
    close: () => endPeer(child),
  }
}

const goals = [
  { name: 'p50', fraction: 0.5, atMost: 5 },
  { name: 'p99', fraction: 0.99, atMost: 25 },
]

/** The goal is of ours alone; the others are shown beside it. */
function toMeasurements(load: string, results: Record<string, WorkResult[]>): Measurement[] {
  return goals.flatMap(({ name, fraction, atMost }) => {
    const of = (contestant: string) => results[contestant]!.map(({ delaysMs }) => quantile(delaysMs, fraction))
    return contenders.map((peer, n): Measurement => {
      const reference = { name: peers[peer], values: of(peer) }
      const what = `accepted to begun, ${load}, ${name}`
      return { what, unit: 'ms', ours: of('ours'), reference, ...(n === 0 && { goal: { atMost } }) }
    })
  })
}
