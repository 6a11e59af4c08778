import { randomUUID } from 'node:crypto'

export const digest = `sha256:${'ab'.repeat(32)}`
export const image = `registry.example.com/acme/shop@${digest}`

/** A spec as it was when it was declared; `retain`, `triggers` and much of its environments came later. */
export const spec = {
  app: 'shop',
  source: { git: 'https://git.example.com/acme/shop.git', ref: 'main', path: '.' },
  build: { dockerfile: 'Dockerfile', targets: ['production'], default: 'production', args: {}, secrets: [] },
  image: { registry: 'registry.example.com', name: 'acme/shop' },
  environments: { staging: { engine: 'docker', port: 8081, replicas: 2 } },
}

const plan = {
  current: 1,
  input: {
    strategy: { type: 'rolling', maxSurge: 1, maxUnavailable: 0 },
    stable: { revision: 1, replicas: 2 },
    next: { revision: 2, replicas: 2 },
    settings: {},
    traits: { rolling: 'stepwise', weighting: 'proxy' },
  },
  actions: [
    { do: 'prepare' },
    { do: 'scale-up', revision: 2, count: 1 },
    { do: 'route', weights: { 1: 50, 2: 50 } },
    { do: 'pause' },
    { do: 'settle', revision: 2, keep: [] },
  ],
}

/** What `settle` is called now. */
const finalize = { do: 'finalize', revision: 2, keep: [] }

const build = {
  kind: 'build',
  targets: ['production'],
  ref: 'f00d',
  version: null,
  push: false,
  registry: 'registry.example.com',
  noCache: false,
  upload: null,
  cacheScope: 'shop',
  trusted: true,
}
const deploy = {
  kind: 'deploy',
  image,
  version: '(none)',
  target: null,
  dryRun: false,
  strategy: null,
  byPerson: false,
}
const rollback = { kind: 'rollback', toRevision: 1, image, version: '1.0.0' }
const trigger = { on: 'push', branch: 'main', commit: 'f00d' }
const placed = { app: 'shop', environment: 'staging' }

export const report = {
  build_date: '2025-01-01T00:00:00.000Z',
  version: '1.0.0',
  vcs_ref: 'f00d',
  target: 'production',
  registry: 'registry.example.com',
  image_name: 'acme/shop',
  digest,
  size: 4_096,
  duration_ms: 10,
  pushed: true,
}

interface OldJob {
  kind: string
  request: object
  payload: object
  state?: string
  environment?: string
  waitingFor?: string
  /** Documents of other columns. */
  extra?: { result?: object; next?: object; control?: object; error?: object }
}

/** Jobs of every kind and end. */
export const oldJobs: Record<string, OldJob> = {
  'a build of a push to a branch': {
    kind: 'build',
    request: { kind: 'build', app: 'shop', ref: 'f00d', trigger },
    payload: build,
    extra: {
      result: { version: '1.0.0', commit: 'f00d', reports: [report] },
      next: [{ kind: 'push' }, { kind: 'deploy', environment: 'staging', target: 'production' }],
    },
  },
  'a build of a fork': {
    kind: 'build',
    request: {
      ...{ kind: 'build', app: 'shop', target: 'testing', ref: 'refs/pull/7/head' },
      trigger: { on: 'pull_request', number: 7, ref: 'refs/pull/7/head', fork: true },
    },
    payload: { ...build, targets: null, trusted: false, cacheScope: 'shop-untrusted' },
    state: 'failed',
    extra: { error: { code: 'gone-since', message: 'of a code that is no longer known', retryAfterMs: 5 } },
  },
  'a push that had no version': {
    kind: 'push',
    request: { kind: 'push', app: 'shop', version: '(none)', trigger: { on: 'tag', tag: 'v1' } },
    payload: { kind: 'push', images: [] },
    extra: { result: { images: [{ version: '1.0.0', target: 'production', digest }] } },
  },
  'a deploy that went well': {
    kind: 'deploy',
    environment: 'staging',
    request: { kind: 'deploy', ...placed, trigger },
    payload: deploy,
    extra: { result: { revision: 2, image, version: '1.0.0', address: null, traffic: { 2: 100 } } },
  },
  'a deploy that was cancelled': {
    kind: 'deploy',
    environment: 'staging',
    request: { kind: 'deploy', ...placed, version: '1.0.0', target: 'production', strategy: 'canary' },
    payload: { ...deploy, strategy: 'canary', target: 'production' },
    state: 'cancelled',
    extra: {
      result: { traffic: 'Traffic: revision 1 100%.' },
      control: { cancel: true, pause: true, promote: 'full' },
      error: { code: 'cancelled', message: 'The job was cancelled', diagnosis: 'by token:ada' },
    },
  },
  'a deploy that another superseded': {
    kind: 'deploy',
    environment: 'staging',
    request: { kind: 'deploy', ...placed },
    payload: deploy,
    state: 'superseded',
    extra: { result: { supersededBy: randomUUID() } },
  },
  'a dry run': {
    kind: 'deploy',
    environment: 'staging',
    request: { kind: 'deploy', ...placed, dryRun: true },
    payload: { ...deploy, dryRun: true },
    extra: {
      result: {
        dryRun: true,
        changes: [{ action: 'update', object: 'Deployment shop', fields: [{ field: 'image', from: 'a', to: 'b' }] }],
      },
    },
  },
  'a removal': {
    kind: 'deploy',
    environment: 'staging',
    request: { kind: 'deploy', ...placed, remove: true },
    payload: { kind: 'deploy', remove: true },
    extra: { result: { removed: 2 } },
  },
  'a rollback that waits': {
    kind: 'rollback',
    environment: 'staging',
    request: { kind: 'rollback', ...placed, toRevision: 1 },
    payload: rollback,
    state: 'waiting',
    waitingFor: 'environment',
  },
}

/** Each event with what was written of it, and what is read. */
export const oldEvents: { type: string; data: object; read?: object }[] = [
  { type: 'job.queued', data: { attempt: 1 } },
  { type: 'job.queued', data: { attempt: 1, reason: 'next-in-line' } },
  { type: 'job.started', data: { attempt: 1, workerId: 'w1' } },
  { type: 'job.waiting', data: { waitingFor: 'environment' }, read: { waitingFor: 'environment', dueAt: null } },
  { type: 'job.waiting', data: { waitingFor: 'promotion', dueAt: null } },
  { type: 'job.waiting', data: { waitingFor: 'pause', dueAt: '2025-01-01T00:00:00.000Z' } },
  {
    type: 'job.retry-scheduled',
    data: { waitingFor: 'retry', dueAt: '2025-01-01T00:00:00.000Z', code: 'source-unreachable', message: 'no route' },
  },
  { type: 'job.resumed', data: { attempt: 2, reason: 'due' } },
  { type: 'job.rescued', data: { attempt: 3, reason: 'worker-lost' } },
  { type: 'job.cancel-requested', data: { verb: 'cancel', by: 'token:ada', control: { cancel: true } } },
  { type: 'job.control-requested', data: { verb: 'resume', by: 'token:ada', control: {} } },
  { type: 'job.succeeded', data: { result: { version: '1.0.0', commit: 'f00d', reports: [report] } } },
  { type: 'job.failed', data: { code: 'build-failed', message: 'exit 1', diagnosis: 'the last lines' } },
  {
    type: 'job.failed',
    data: { code: 'gone-since', message: 'of a code that is no longer known' },
    read: { code: 'internal', message: 'of a code that is no longer known' },
  },
  { type: 'job.cancelled', data: { result: { traffic: 'Traffic: revision 1 100%.' } } },
  { type: 'job.cancelled', data: {} },
  { type: 'job.superseded', data: { by: randomUUID() } },
  { type: 'step.started', data: { name: 'checkout', position: 1, attempt: 1 } },
  { type: 'step.progress', data: { percent: 40 } },
  { type: 'step.succeeded', data: { name: 'checkout' } },
  { type: 'step.failed', data: { name: 'build', state: 'failed', code: 'build-failed', message: 'exit 1' } },
  { type: 'step.failed', data: { name: 'build', state: 'cancelled' } },
  { type: 'image.built', data: { version: '1', target: 't', imageId: digest, tags: ['a:1-t'], size: 1 } },
  { type: 'image.pushed', data: { version: '1', target: 't', digest, tags: ['a:1-t'] } },
  { type: 'replica.started', data: { replica: 'shop-1', revision: 2, host: 'a' } },
  { type: 'replica.healthy', data: { replica: 'shop-1', revision: 2 } },
  { type: 'replica.stopped', data: { replica: 'shop-1', revision: 1, host: 'a' } },
  // A cluster told of a number only.
  { type: 'replica.stopped', data: { revision: 1, left: 0 }, read: { replica: 'replicas', revision: 1 } },
  { type: 'traffic.shifted', data: { weights: { 1: 90, 2: 10 }, host: 'a' } },
  {
    type: 'analysis.sampled',
    data: { verdict: 'pass', reason: 'fine', revision: 2, sample: { requests: 9, errors: 0, latencyMs: 1.5 } },
  },
  { type: 'analysis.sampled', data: { verdict: 'inconclusive', reason: 'none', revision: 2, sample: { value: null } } },
  { type: 'analysis.sampled', data: { verdict: 'inconclusive', reason: 'none', revision: 2, sample: {} } },
  { type: 'analysis.sampled', data: { verdict: 'inconclusive', reason: 'none', revision: 2, sample: null } },
  { type: 'rollout.paused', data: { until: null } },
  { type: 'rollout.paused', data: { until: '2025-01-01T00:00:00.000Z' } },
  { type: 'rollout.paused', data: { by: 'argo' }, read: { by: 'argo', until: null } },
  { type: 'rollout.aborted', data: { code: 'never-healthy', returned: true } },
  {
    type: 'rollout.observed',
    data: {
      replicas: [{ name: 'shop-1', revision: 2, healthy: true, state: 'running' }],
      traffic: { 2: 100 },
      address: 'http://localhost:8081',
    },
  },
  // A cluster told of the revision only.
  { type: 'rollout.observed', data: { revision: 2 }, read: { replicas: [], traffic: {}, address: null } },
  { type: 'environment.removed', data: { revision: 2 } },
  { type: 'changes.previewed', data: { changes: [{ action: 'create', object: 'Service shop', fields: [] }] } },
]

/** What steps kept, by the schema that reads it, and what is read. */
export const oldSteps: { name: string; keeps: string; result: unknown; read?: unknown }[] = [
  {
    name: 'checkout',
    keeps: 'checkout',
    result: { dir: '/data/work/1', commit: 'f00d', describe: 'v1-dirty' },
    read: { commit: 'f00d', describe: 'v1-dirty' },
  },
  { name: 'build production', keeps: 'nothing', result: report, read: null },
  { name: 'push production', keeps: 'push', result: { digest } },
  // The whole row, with its moments as text.
  {
    name: 'revision',
    keeps: 'revision',
    result: { ...placed, number: 2, image, state: 'pending', createdAt: '2025-01-01T00:00:00.000Z', activatedAt: null },
    read: { number: 2 },
  },
  {
    name: 'plan',
    keeps: 'plan',
    result: plan,
    read: { ...plan, actions: plan.actions.map((action) => (action.do === 'settle' ? finalize : action)) },
  },
  { name: '4 pause until promoted', keeps: 'pause', result: { until: null } },
  { name: '4 pause 60s', keeps: 'pause', result: { until: 1_735_689_600_000 } },
  { name: '4 pause 60s: sample 1', keeps: 'sample', result: { verdict: 'pass', reason: 'fine' } },
  { name: '4 pause 60s: over', keeps: 'nothing', result: null },
  {
    name: 'preview',
    keeps: 'preview',
    result: [{ action: 'delete', object: 'container shop-1', fields: [{ field: 'image', from: 'a' }] }],
  },
]
