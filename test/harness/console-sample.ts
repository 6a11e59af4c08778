import type { AppSpecInput } from '@stevedore/contract'
import { appendEvents, appendLog, beginStep, endStep, type Job, reportWorker } from '@stevedore/ledger'
import { makeCertificate, opensslComponent, sampleSpec } from '@stevedore/testkit'
import { push, secret, signHex, triggers } from '../integration/api/hooked-shop.ts'
import { claim, finish, playBuild, playDeploy, playRevision } from '../integration/api/play-worker.ts'
import { observe } from './observe-sample.ts'
import { failedBuild } from './sample-log.ts'
import type { TestApi } from './test-api.ts'

/** The jobs of the sample that have something to show. */
export interface ConsoleSample {
  /** A canary that is under way. */
  running: string
  failed: string
  awaiting: string
}

/** Whose clock can be set, as a ledger's of its own; by default all of it happens at once. */
export interface SampleClock {
  /** It is now this long ago. */
  goTo(minutesAgo: number): Promise<void>
}

interface Told {
  clock?: SampleClock
  /** The token of who asks for what is deployed; by default the admin's. */
  asker?: string
}

/** Two apps with some history: what serves, what waits, what runs and what has failed, as workers would have recorded it. */
export async function recordSample(api: TestApi, { clock, asker = api.admin }: Told = {}): Promise<ConsoleSample> {
  const goTo = clock?.goTo ?? (async () => {})
  const asked: TestApi = { ...api, call: (method, path, more) => api.call(method, path, { token: asker, ...more }) }
  await goTo(9_000)
  await declare(api)
  await playHistory(asked, goTo)
  await goTo(38)
  await deliver(api)
  const failed = await playFailure(asked)
  await goTo(14)
  const running = await playCanary(asked, goTo)
  await goTo(6)
  const awaiting = await askFor(asked, 'production')
  await goTo(0)
  await putCertificate(api)
  await reportWorkers(api)
  return { failed, running, awaiting }
}

async function declare(api: TestApi): Promise<void> {
  // A spec of two versions.
  const staging = { engine: 'docker', port: 8080 } as const
  await api.call('PUT', '/v1/apps/shop', { body: { ...writeSpec('shop'), triggers: [], environments: { staging } } })
  for (const app of ['shop', 'blog']) await api.call('PUT', `/v1/apps/${app}`, { body: writeSpec(app) })
  for (const [name, value] of [
    ['WEBHOOK_SECRET_GITHUB?app=shop', secret],
    ['NPM_TOKEN?app=shop', 'npm-token-of-the-sample'],
    ['DATABASE_URL?app=shop&environment=production', 'postgres://shop:hidden@db.internal/shop'],
  ])
    await api.call('PUT', `/v1/secrets/${name}`, { body: { value } })
}

async function putCertificate(api: TestApi): Promise<void> {
  if (!opensslComponent.found) return
  const body = await makeCertificate({ names: ['example.com', '*.example.com'], days: 80 })
  await api.call('PUT', '/v1/certificates/example-com', { body })
}

function writeSpec(app: string): AppSpecInput {
  return app === 'shop'
    ? { ...sampleSpec(app), triggers: triggers.map((one) => ({ ...one, do: [...one.do] })) }
    : sampleSpec(app)
}

async function playHistory(api: TestApi, goTo: SampleClock['goTo']): Promise<void> {
  const builds = [
    [8_900, 'shop', '1.0.0'],
    [4_300, 'blog', '0.9.0'],
    [2_900, 'shop', '1.1.0'],
    [95, 'shop', '1.2.0'],
  ] as const
  for (const [minutesAgo, app, version] of builds) {
    await goTo(minutesAgo)
    const builtAt = new Date(Date.now() - minutesAgo * 60_000).toISOString()
    await playBuild(api, { app, version, size: 48_200_000 + minutesAgo * 371, builtAt })
    await goTo(minutesAgo - 4)
    if (version === '1.2.0') continue
    await playDeploy(api, { app, version })
    if (version === '1.0.0') await playDeploy(api, { environment: 'production', version })
  }
  await goTo(1)
  await observe(api, { app: 'shop', environment: 'production', revision: 1 })
  await observe(api, { app: 'blog', environment: 'staging', revision: 1, healthy: 1 })
}

/** Workers tell of themselves every few seconds, and are lost when they do not. */
export async function reportWorkers({ ledger }: TestApi): Promise<void> {
  const all = { version: '0.1.0', away: [], startedAt: new Date(Date.now() - 9 * 86_400_000) }
  await reportWorker(ledger, {
    ...{ ...all, id: 'builder-1-4711-a3', kinds: ['build', 'push'], concurrency: 4, sites: ['docker'] },
  })
  await reportWorker(ledger, {
    ...{ ...all, id: 'deployer-1-4712-7c', kinds: ['deploy', 'rollback'], concurrency: 2, sites: ['docker'] },
  })
}

/** Pushes that a forge told of: one to a branch that nothing is about, and one whose build fails. */
async function deliver(api: TestApi): Promise<void> {
  for (const ref of ['refs/heads/new-checkout', push.ref]) {
    const body = JSON.stringify({ ...push, ref })
    const headers = { 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${signHex(body)}` }
    await api.call('POST', '/v1/webhooks/github/shop', {
      ...{ token: null, body, headers: { ...headers, 'content-type': 'application/json' } },
    })
  }
}

async function askFor(api: TestApi, environment: string, version = '1.2.0'): Promise<string> {
  const { body } = await api.call('POST', '/v1/jobs', { body: { kind: 'deploy', app: 'shop', environment, version } })
  return body.id
}

/** The build of the push, whose Dockerfile has a fault. */
async function playFailure(api: TestApi): Promise<string> {
  const { body } = await api.call('GET', '/v1/jobs?app=shop&kind=build&state=queued')
  const job = await claim(api, body.items[0].id)
  await play(api, job, ['checkout'])
  await open(api, job, 'build production')
  await appendLog(api.ledger, { ...message(job), text: failedBuild, limitBytes: 1_000_000 })
  const failure = {
    code: 'build-failed' as const,
    message: 'The step RUN npm ci ended with status 1.',
    diagnosis: 'npm error code E404\nnpm error 404 Not Found - GET https://registry.npmjs.org/left-pod',
  }
  await endStep(api.ledger, { ...message(job), name: 'build production', state: 'failed', failure })
  await finish(api, job, { to: 'failed', failure })
  return job.id
}

/** A canary at 10 %, with what was sampled so far. */
async function playCanary(api: TestApi, goTo: SampleClock['goTo']): Promise<string> {
  const job = await claim(api, await askFor(api, 'staging'), 3_600_000)
  const { number } = await playRevision(api, job, 'canary')
  await play(api, job, [
    'revision',
    'plan',
    '1 prepare',
    `2 scale-up r${number} to 2`,
    `3 route r2 90%, r${number} 10%`,
  ])
  const healthy = { replica: `shop-staging-${number}-1`, revision: number }
  await tell(api, job, { type: 'replica.healthy', data: healthy })
  await tell(api, job, { type: 'traffic.shifted', data: { weights: { 2: 90, [number]: 10 } } })
  for (const [index, errors] of [1, 0, 2, 1, 1, 0, 3, 1, 0, 1, 1].entries()) {
    await goTo(13 - index)
    const [requests, percent] = [400 + index * 7, ((100 * errors) / (400 + index * 7)).toFixed(1)]
    const sample = { requests, errors, latencyMs: 40 + (index % 4) * 9 }
    const seen = { verdict: 'pass' as const, reason: `${percent} % of ${requests} requests failed`, revision: number }
    await tell(api, job, { type: 'analysis.sampled', data: { ...seen, sample } })
  }
  await open(api, job, '4 pause 300s')
  await observe(api, { app: 'shop', environment: 'staging', revision: 2, next: number })
  return job.id
}

const message = ({ id, attempt }: Job) => ({ jobId: id, attempt })

type NewEvent = Parameters<typeof appendEvents>[1]['events'][number]

function tell({ ledger }: TestApi, job: Job, event: NewEvent) {
  return appendEvents(ledger, { ...message(job), events: [event] })
}

function open({ ledger }: TestApi, job: Job, name: string) {
  return beginStep(ledger, { ...message(job), name, position: 0 })
}

async function play(api: TestApi, job: Job, names: string[]): Promise<void> {
  for (const [position, name] of names.entries()) {
    await beginStep(api.ledger, { ...message(job), name, position })
    await endStep(api.ledger, { ...message(job), name, state: 'succeeded' })
  }
}
