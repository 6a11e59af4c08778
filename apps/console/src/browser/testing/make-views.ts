import type { EnvironmentView, JobDetailView, RevisionView, ScanReport, WorkerView } from '@stevedore/contract'

const at = '2026-03-01T12:00:00.000Z'
const id = '00000000-0000-4000-8000-000000000001'

export function makeJob(changes: Partial<JobDetailView> = {}): JobDetailView {
  return {
    id,
    kind: 'deploy',
    app: 'shop',
    environment: 'staging',
    state: 'succeeded',
    request: { kind: 'deploy', app: 'shop', environment: 'staging', version: '1.0.0' },
    targets: ['production'],
    specVersion: 1,
    image: `registry.example.com/acme/shop@sha256:${'a'.repeat(64)}`,
    progress: 0,
    attempt: 1,
    failures: 0,
    maxFailures: 3,
    losses: 0,
    waitingFor: null,
    waitNote: null,
    dueAt: null,
    place: null,
    error: null,
    result: null,
    requestedBy: 'token:ann',
    parentId: null,
    correlationId: 'c',
    createdAt: at,
    startedAt: at,
    finishedAt: null,
    steps: [],
    planned: [],
    verbs: [],
    ...changes,
  }
}

export function makeRevision(changes: Partial<RevisionView> = {}): RevisionView {
  return {
    number: 3,
    image: `registry.example.com/acme/shop@sha256:${'a'.repeat(64)}`,
    version: '1.0.0',
    target: 'production',
    strategy: 'rolling',
    state: 'active',
    cause: 'deploy',
    specVersion: 1,
    settings: {} as RevisionView['settings'],
    secrets: [],
    jobId: id,
    createdBy: 'token:ann',
    createdAt: at,
    activatedAt: at,
    ...changes,
  }
}

export function makeEnvironment(changes: Partial<EnvironmentView> = {}): EnvironmentView {
  return {
    app: 'shop',
    environment: 'staging',
    desired: makeRevision(),
    observed: { replicas: [], traffic: { 3: 100 }, drift: [], address: null, at },
    replicas: { healthy: 2, desired: 2 },
    changedSecrets: [],
    lastFailure: null,
    pinnedBy: null,
    activeJobId: null,
    waitingFor: null,
    ...changes,
  }
}

export function makeWorker(changes: Partial<WorkerView> = {}): WorkerView {
  return {
    id: 'a-1',
    version: '0.1.0',
    kinds: ['build', 'push', 'deploy', 'rollback', 'run'],
    concurrency: 4,
    running: 0,
    sites: [],
    away: [],
    live: true,
    startedAt: at,
    seenAt: at,
    ...changes,
  }
}

export function makeScan(changes: Partial<ScanReport> = {}): ScanReport {
  return {
    tool: 'trivy',
    image: `registry.example.com/tools/trivy@sha256:${'b'.repeat(64)}`,
    toolVersion: '0.68.1',
    databaseBuiltAt: at,
    scannedAt: at,
    counts: { unknown: 0, low: 0, medium: 0, high: 0, critical: 0 },
    ignored: 0,
    unfixed: 0,
    expired: [],
    findings: [],
    ...changes,
  }
}
