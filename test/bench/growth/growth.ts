import type { ApiProcess } from '../../harness/api-process.ts'
import type { Bench, BenchOptions } from '../bench.ts'
import { measureMs, quantile } from '../measure.ts'
import { build, declareApp, dryRun, openBackends, type Product, startProduct } from '../product.ts'
import type { Measurement } from '../table.ts'
import { fill } from './fill.ts'

const calls = 200
/** Of one audit trail, at most: what is promised is said of so many. */
const mostEntries = 1_000_000

/** What people and scripts ask for, and how much of it there is: of what is rare a page is the whole of it. */
const lists: Record<string, string> = {
  'the newest jobs': '/v1/jobs?limit=50',
  'jobs of an app': '/v1/jobs?limit=50&app=app-7',
  'jobs of an environment': '/v1/jobs?limit=50&app=app-7&environment=staging',
  'failed jobs': '/v1/jobs?limit=50&state=failed',
  'jobs of a rare kind': '/v1/jobs?limit=50&kind=rollback',
  'jobs of a rare kind of an app': '/v1/jobs?limit=50&app=app-7&kind=rollback',
  'failed jobs of an app that has none': '/v1/jobs?limit=50&app=app-7&state=failed',
  'jobs of environments of a name that is rare': '/v1/jobs?limit=50&environment=nowhere',
  'the newest audit entries': '/v1/audit?limit=50&order=desc',
  'audit entries of an app': '/v1/audit?limit=50&app=app-7',
  'audit entries since a minute ago': '/v1/audit?limit=50&since=:minuteAgo',
  'audit entries of a rare action': '/v1/audit?limit=50&action=token.revoked',
  'audit entries of an actor and an app that never met':
    '/v1/audit?limit=50&actor=token:t3&app=app-7&action=app.retired',
}

/** The same database, filled step by step: what is asked of it costs what it gives, not what there is. */
export const growthBench: Bench = {
  name: 'growth',
  title: 'lists, a job and a request, by the number of jobs that there are; the verification of a trail',
  components: [],
  async run(options) {
    const backends = await openBackends()
    try {
      const product = await startProduct(await backends.createDatabase('growth'))
      try {
        return await growAndMeasure(product, options)
      } finally {
        await product.close()
      }
    } finally {
      await backends.close()
    }
  },
}

async function growAndMeasure(product: Product, { quick }: BenchOptions): Promise<Measurement[]> {
  await declareApp(product)
  for (const body of [build, dryRun]) await want(product.api.call('POST', '/v1/jobs', { body }))
  const measured: Measurement[] = []
  let from = 0
  for (const to of quick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000, 10_000_000]) {
    await fill(product.databaseUrl, { from, to, entries: Math.min(to, mostEntries) })
    measured.push(...(await measureAt(product.api, to)))
    from = to
  }
  return measured
}

async function measureAt({ call }: ApiProcess, count: number): Promise<Measurement[]> {
  const at = (what: string) => `${what}, at ${count.toLocaleString('en')}`
  const minuteAgo = new Date(Date.now() - 60_000).toISOString()
  const { body } = await want(call('GET', '/v1/jobs?limit=50'))
  const asked = {
    ...lists,
    'the next page of all jobs': `/v1/jobs?limit=50&cursor=${encodeURIComponent(body.next)}`,
    'one job': `/v1/jobs/${body.items[0].id}`,
  }
  const measured: Measurement[] = []
  for (const [what, path] of Object.entries(asked)) {
    const ours = await measureP99(() => want(call('GET', path.replace(':minuteAgo', minuteAgo))))
    measured.push({ what: at(what), unit: 'p99, ms', ours: [ours], goal: { atMost: 20 } })
  }
  const request = await measureP99(() => want(call('POST', '/v1/jobs', { body: build })))
  measured.push({ what: at('a request for a build'), unit: 'p99, ms', ours: [request], goal: { atMost: 20 } })
  if (count <= mostEntries) {
    const verify = await measureMs(() => want(call('GET', '/v1/audit/verify')))
    measured.push({
      what: at('the verification of as many audit entries'),
      unit: 's',
      ours: [verify / 1_000],
      goal: { atMost: 10 },
    })
  }
  return measured
}

async function want(asked: ReturnType<ApiProcess['call']>): ReturnType<ApiProcess['call']> {
  const answer = await asked
  if (answer.status >= 300) throw new Error(`answered ${answer.status}: ${answer.text.slice(0, 500)}`)
  return answer
}

async function measureP99(ask: () => Promise<unknown>): Promise<number> {
  for (let n = 0; n < 20; n++) await ask()
  const times: number[] = []
  for (let n = 0; n < calls; n++) times.push(await measureMs(ask))
  return quantile(times, 0.99)
}
