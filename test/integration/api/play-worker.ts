import { createHash } from 'node:crypto'
import { imageTags, type JobResult, type ScanReport } from '@stevedore/contract'
import {
  activateRevision,
  claimJob,
  createRevision,
  getJob,
  type Job,
  pinSecrets,
  type Revision,
  recordImage,
  recordPush,
  type Transition,
  transitionJob,
} from '@stevedore/ledger'
import type { TestApi } from '../../harness/test-api.ts'

/** Does to the ledger what a worker would, without building or deploying anything. */
export const by = { actor: 'worker:test', correlationId: 'test' }

const worker = { workerId: 'test', leaseMs: 60_000, by }

export async function claim({ ledger }: TestApi, jobId: string, leaseMs = worker.leaseMs): Promise<Job> {
  const queued = await getJob(ledger, jobId)
  if (!queued) throw new Error(`there is no job ${jobId}`)
  const job = await claimJob(ledger, { jobId, attempt: queued.attempt, ...worker, leaseMs })
  if (!job) throw new Error(`the job ${jobId} is ${queued.state} and was not claimed`)
  return job
}

const built: JobResult = { version: '1.0.0', commit: 'a'.repeat(40), reports: [] }

export async function finish(
  { ledger }: TestApi,
  job: Job,
  transition: Transition = { to: 'succeeded', result: built },
): Promise<Job> {
  const from = { state: job.state, attempt: job.attempt }
  const moved = await transitionJob(ledger, { jobId: job.id, from, transition, by })
  if (!moved) throw new Error(`the job ${job.id} has moved on`)
  return moved
}

interface PlayedBuild {
  app?: string
  version?: string
  target?: string
  size?: number
  builtAt?: string
  scan?: ScanReport | null
}

/** An image as a build and a push leave it. Returns its pinned reference. */
export async function playBuild(
  api: TestApi,
  { app = 'shop', version = '1.0.0', target = 'production', size = 1_000, ...more }: PlayedBuild = {},
) {
  const { builtAt = '2026-01-01T00:00:00Z', scan = null } = more
  const { body } = await api.call('POST', '/v1/jobs', { body: { kind: 'build', app, version, target } })
  const job = await claim(api, body.id)
  const message = { jobId: job.id, attempt: job.attempt }
  const [registry, name] = ['registry.example.com', `acme/${app}`]
  const digest = digestOf(`${app} ${version} ${target}`)
  const image = { app, version, target, registry, name, tags: imageTags(registry, name, version, target) }
  const report = { ...toReport({ version, target, registry, name, digest }), size, build_date: builtAt }
  await recordImage(api.ledger, { ...message, image: { ...image, imageId: digest, size, report, scan }, by })
  await recordPush(api.ledger, { ...message, app, version, target, digest, by })
  await finish(api, job)
  return `${registry}/${name}@${digest}`
}

interface PlayedDeploy {
  app?: string
  environment?: string
  version?: string
  secrets?: string[]
}

/** A deploy that has gone well: its revision serves. */
export async function playDeploy(
  api: TestApi,
  { app = 'shop', environment = 'staging', version = '1.0.0', secrets = [] }: PlayedDeploy = {},
): Promise<Revision> {
  const { body } = await api.call('POST', '/v1/jobs', { body: { kind: 'deploy', app, environment, version } })
  if (body.waitingFor === 'approval') {
    const token = await api.createToken('approver')
    await api.call('POST', `/v1/jobs/${body.id}/approve`, { token })
  }
  const job = await claim(api, body.id)
  const revision = await playRevision(api, job)
  const message = { jobId: job.id, attempt: job.attempt, app, environment, number: revision.number, by }
  await pinSecrets(api.ledger, { ...message, names: secrets })
  await activateRevision(api.ledger, { ...message, pin: false, unpin: true })
  await finish(api, job)
  return revision
}

/** The revision of a claimed deploy, which does not serve yet. */
export async function playRevision(
  api: TestApi,
  { id, attempt, app, environment, resolved, specVersion }: Job,
  strategy: Revision['strategy'] = 'rolling',
): Promise<Revision> {
  if (environment === null || resolved.kind !== 'deploy' || 'remove' in resolved || !('image' in resolved))
    throw new Error('not a deploy')
  const { body: view } = await api.call('GET', `/v1/apps/${app}`)
  return createRevision(api.ledger, {
    ...{ jobId: id, attempt, app, environment, by, specVersion, strategy, cause: 'deploy' },
    ...{ image: resolved.image, version: resolved.version, settings: view.spec.environments[environment] },
  })
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}

function toReport(image: { version: string; target: string; registry: string; name: string; digest: string }) {
  return {
    build_date: '2026-01-01T00:00:00Z',
    version: image.version,
    vcs_ref: 'a'.repeat(40),
    target: image.target,
    registry: image.registry,
    image_name: image.name,
    digest: image.digest,
    size: 1_000,
    duration_ms: 10,
    pushed: false,
  }
}
