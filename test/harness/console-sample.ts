import {
  appendEvents,
  appendLog,
  beginStep,
  createRevision,
  endStep,
  type Job,
  recordObservation,
  reportWorker,
} from '@stevedore/ledger'
import { sampleSpec } from '@stevedore/testkit'
import { by, claim, finish, playBuild, playDeploy } from '../integration/api/play-worker.ts'
import type { TestApi } from './test-api.ts'

/** The jobs of the sample that have something to show. */
export interface ConsoleSample {
  /** A canary that is under way. */
  running: string
  failed: string
  awaiting: string
}

/** Two apps with some history: what serves, what waits, what runs and what has failed, as workers would have recorded it. */
export async function recordSample(api: TestApi): Promise<ConsoleSample> {
  const first = { ...sampleSpec('shop'), environments: { staging: { engine: 'docker' as const, port: 8080 } } }
  await api.call('PUT', '/v1/apps/shop', { body: first })
  for (const app of ['shop', 'blog']) await api.call('PUT', `/v1/apps/${app}`, { body: sampleSpec(app) })
  await reportWorker(api.ledger, {
    ...{ id: 'builder-1-4711-a3', version: '0.1.0', kinds: ['build', 'push', 'deploy', 'rollback'], concurrency: 4 },
    ...{ sites: ['docker'], away: [], startedAt: new Date() },
  })
  for (const version of ['1.0.0', '1.1.0', '1.2.0']) await playBuild(api, { version })
  await playBuild(api, { app: 'blog', version: '0.9.0' })
  for (const version of ['1.0.0', '1.1.0']) await playDeploy(api, { version })
  await playDeploy(api, { environment: 'production', version: '1.0.0' })
  await playDeploy(api, { app: 'blog', version: '0.9.0' })
  await observe(api, { app: 'shop', environment: 'production', revision: 1 })
  await observe(api, { app: 'blog', environment: 'staging', revision: 1, healthy: 1 })
  return { failed: await playFailure(api), running: await playCanary(api), awaiting: await askFor(api, 'production') }
}

async function askFor(api: TestApi, environment: string, version = '1.2.0'): Promise<string> {
  const { body } = await api.call('POST', '/v1/jobs', { body: { kind: 'deploy', app: 'shop', environment, version } })
  return body.id
}

/** A build whose Dockerfile has a fault. */
async function playFailure(api: TestApi): Promise<string> {
  const { body } = await api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'shop', version: '1.3.0' } })
  const job = await claim(api, body.id)
  await play(api, job, ['checkout'])
  await open(api, job, 'build production')
  const text =
    '\u001b[32m#1\u001b[0m [production 1/3] FROM node:24-slim\n#2 RUN npm ci\n\u001b[31mnpm error code E404\u001b[0m\n'
  await appendLog(api.ledger, { ...message(job), text, limitBytes: 1_000_000 })
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
async function playCanary(api: TestApi): Promise<string> {
  const job = await claim(api, await askFor(api, 'staging'))
  const { body } = await api.call('GET', '/v1/apps/shop')
  if (job.resolved.kind !== 'deploy' || 'remove' in job.resolved || 'adopt' in job.resolved)
    throw new Error('no deploy')
  const { number } = await createRevision(api.ledger, {
    ...{ ...message(job), app: 'shop', environment: 'staging', by, specVersion: job.specVersion },
    ...{ image: job.resolved.image, version: job.resolved.version, settings: body.spec.environments.staging },
    ...{ strategy: 'canary', cause: 'deploy' },
  })
  await play(api, job, [
    'revision',
    'plan',
    '1 prepare',
    `2 scale-up r${number} to 2`,
    `3 route r2 90%, r${number} 10%`,
  ])
  await appendEvents(api.ledger, {
    ...message(job),
    events: [
      { type: 'replica.healthy', data: { replica: `shop-staging-${number}-1`, revision: number } },
      { type: 'traffic.shifted', data: { weights: { 2: 90, [number]: 10 } } },
      ...[0.2, 0.4, 0.1].map((errors, index) => ({
        type: 'analysis.sampled' as const,
        data: {
          ...{ verdict: 'pass' as const, reason: `${errors} % of errors`, revision: number },
          sample: { requests: 400 + index, errors: index, latencyMs: 40 + index * 9 },
        },
      })),
    ],
  })
  await open(api, job, '4 pause 300s')
  await observe(api, { app: 'shop', environment: 'staging', revision: 2, next: number })
  return job.id
}

interface Seen {
  app: string
  environment: string
  revision: number
  next?: number
  healthy?: number
}

function observe(api: TestApi, { app, environment, revision, next, healthy = 2 }: Seen): Promise<void> {
  const replica = (of: number, index: number, isHealthy: boolean) => ({
    ...{ name: `${app}-${environment}-${of}-${index}`, revision: of, healthy: isHealthy, host: 'docker' },
    ...{ state: isHealthy ? 'running' : 'exited', reason: isHealthy ? null : 'It ended with status 137.' },
  })
  const own = [replica(revision, 1, healthy > 0), replica(revision, 2, healthy > 1)]
  return recordObservation(api.ledger, {
    ...{ app, environment },
    observed: {
      replicas: next === undefined ? own : [...own, replica(next, 1, true)],
      traffic: next === undefined ? { [revision]: 100 } : { [revision]: 90, [next]: 10 },
      drift: app === 'blog' ? [{ field: 'env.MODE', wanted: 'calm', found: 'wild' }] : [],
      address: `http://${app}.example.com`,
      desiredReplicas: 2,
    },
  })
}

const message = ({ id, attempt }: Job) => ({ jobId: id, attempt })

function open({ ledger }: TestApi, job: Job, name: string) {
  return beginStep(ledger, { ...message(job), name, position: 0 })
}

async function play(api: TestApi, job: Job, names: string[]): Promise<void> {
  for (const [position, name] of names.entries()) {
    await beginStep(api.ledger, { ...message(job), name, position })
    await endStep(api.ledger, { ...message(job), name, state: 'succeeded' })
  }
}
