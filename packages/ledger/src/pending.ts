// biome-ignore-all lint/correctness/noUnusedFunctionParameters: bodies follow
/*
 * The signatures of packages/ledger (binding for: ledger's author, apps/api, apps/worker, apps/cli). Implement as small files, a table per
 * file under src/schema/, an operation (or a few close ones) per file. All functions take the Ledger first. All time is Postgres's now().
 * Refusals of a request are contract ProblemErrors; a lost race of a worker is `StaleFenceError` (exported here).
 */
import type {
  AppSpec,
  AuditAction,
  AuditEntry,
  AuditVerification,
  BuildReport,
  EnvironmentSpec,
  EventType,
  JobControl,
  JobEvent,
  JobFailure,
  JobKind,
  JobMessage,
  JobState,
  JobVerb,
  Role,
  StepState,
  WaitReason,
} from '@stevedore/contract'

export interface Ledger {
  db: unknown /* drizzle NodePgDatabase<schema> */
  /** LISTENs on a channel through one shared, self-reconnecting connection; `callback` also fires after each reconnect with payload ''. */
  listen(channel: Channel, callback: (payload: string) => void): Promise<() => void>
  close(): Promise<void>
}
export type Channel =
  | 'stevedore_outbox' /* payload '' */
  | 'stevedore_job' /* payload jobId: event, log, state or control changed */
export function openLedger(o: {
  url: string
  masterKey?: Buffer
  maxConnections?: number
  statementTimeoutMs?: number
  onError?(e: Error): void
}): Ledger {
  throw new Error('pending')
}
/** advisory lock; creates a restricted role set-up where it can (see audit) */
export function migrateLedger(url: string): Promise<void> {
  throw new Error('pending')
}
export function checkLedger(l: Ledger): Promise<{ reachable: boolean; migrated: boolean }> {
  throw new Error('pending')
}
/** connection errors, 57P01, 53xxx… → the API says 503 */
export function isLedgerAway(error: unknown): boolean {
  throw new Error('pending')
}

/** Who does it, for the audit trail. `actor`: token:<name>, webhook:<provider>, worker:<id>, system. */
export interface By {
  actor: string
  correlationId: string
}

// --- apps
export interface AppRecord {
  app: string
  specVersion: number
  spec: AppSpec
  etag: string
  declaredBy: string
  declaredAt: Date
  retiredAt: Date | null
}
/** same spec: no new version, no audit */
export function putApp(
  l: Ledger,
  o: { spec: AppSpec; ifMatch?: string | undefined; by: By },
): Promise<{ app: AppRecord; created: boolean; changed: boolean }> {
  throw new Error('pending')
}
/** retired ones excluded */
export function getApp(l: Ledger, app: string): Promise<AppRecord | undefined> {
  throw new Error('pending')
}
export function getSpecVersion(l: Ledger, app: string, specVersion: number): Promise<AppSpec | undefined> {
  throw new Error('pending')
}
export function listApps(l: Ledger): Promise<AppRecord[]> {
  throw new Error('pending')
}
/** 404 not-found; 409 in-use with unfinished jobs */
export function retireApp(l: Ledger, o: { app: string; ifMatch?: string; by: By }): Promise<void> {
  throw new Error('pending')
}

// --- jobs
// JobPayload and FollowUp live in @stevedore/contract (job-payload.ts): import them from there
import type { FollowUp, JobPayload } from '@stevedore/contract'
export interface Job {
  id: string
  seq: number
  kind: JobKind
  app: string
  environment: string | null
  specVersion: number
  request: Record<string, unknown>
  payload: JobPayload
  next: FollowUp[]
  state: JobState
  attempt: number
  failures: number
  maxFailures: number
  losses: number
  maxLosses: number
  priority: number
  waitingFor: WaitReason | null
  dueAt: Date | null
  control: JobControl
  progress: number
  workerId: string | null
  leaseUntil: Date | null
  result: Record<string, unknown> | null
  error: JobFailure | null
  parentId: string | null
  requestedBy: string
  correlationId: string
  createdAt: Date
  queuedAt: Date | null
  startedAt: Date | null
  finishedAt: Date | null
}
export interface NewJob {
  kind: JobKind
  app: string
  environment?: string | undefined
  specVersion: number
  request: Record<string, unknown>
  payload: JobPayload
  next?: FollowUp[]
  parentId?: string
  priority?: number
  maxFailures?: number /* 3 */
  maxLosses?: number /* 3 */
  /** waits for an approver first */ approval?: boolean
  /** 'latest' | 'all' of the environment */ queue?: 'latest' | 'all'
}
/**
 * One transaction: idempotency key, job row, audit (`job.requested`), event, and the outbox row when it can run at once. A deploy or rollback locks its
 * environment's row and takes its place in the line by domain.placeInLine (supersedes queued ones, or waits for 'environment'; a rollback jumps
 * the line and sets control.abort on the running deploy). Same key and body hash → the same job, `replayed`; other body → idempotency-key-reused. 50 parallel calls → one job.
 */
export function enqueueJob(
  l: Ledger,
  o: { job: NewJob; by: By; idempotency?: { key: string; bodyHash: string } | undefined },
): Promise<{ job: Job; replayed: boolean }> {
  throw new Error('pending')
}
export function getJob(l: Ledger, id: string): Promise<Job | undefined> {
  throw new Error('pending')
}
/** newest first */
export function listJobs(
  l: Ledger,
  o: {
    app?: string
    environment?: string
    kind?: JobKind
    state?: JobState
    limit: number
    before?: number /* seq */
    scope?: { app: string | null; environment: string | null }
  },
): Promise<Job[]> {
  throw new Error('pending')
}
export function getPlaceInLine(l: Ledger, job: Job): Promise<number | null> {
  throw new Error('pending')
}
export function listSteps(l: Ledger, jobId: string): Promise<Step[]> {
  throw new Error('pending')
}
export interface Step {
  name: string
  position: number
  state: StepState
  attempt: number
  result: unknown
  startedAt: Date
  endedAt: Date | null
}

// --- the only place where a job's state moves. Conditional on state and attempt; same transaction: audit `job.transition`, event, outbox, environment's next in line, follow-up jobs, NOTIFY. undefined: the condition no longer holds.
export type Transition =
  | { to: 'running'; workerId: string; leaseMs: number }
  | {
      to: 'waiting'
      waitingFor: WaitReason
      delayMs?: number /* dueAt = now()+ */
      failure?: JobFailure
      counts?: 'failure' | 'loss'
    }
  | {
      to: 'queued'
      delayMs?: number
      counts?: 'loss'
      reason:
        | 'due'
        | 'approved'
        | 'resumed'
        | 'promoted'
        | 'next-in-line'
        | 'worker-lost'
        | 'handed-over'
        | 'aborted'
        | 'cancelled'
    } // attempt + 1, outbox row
  | { to: 'succeeded'; result: Record<string, unknown>; followUps?: NewJob[] }
  | { to: 'failed'; failure: JobFailure; result?: Record<string, unknown>; counts?: 'failure' | 'loss' }
  | { to: 'cancelled'; failure?: JobFailure; result?: Record<string, unknown> }
  | { to: 'superseded'; by: string /* job id */ }
export function transitionJob(
  l: Ledger,
  o: { jobId: string; from: { state: JobState; attempt: number }; transition: Transition; by: By },
): Promise<Job | undefined> {
  throw new Error('pending')
}
export function claimJob(
  l: Ledger,
  o: JobMessage & { workerId: string; leaseMs: number; by: By },
): Promise<Job | undefined> {
  throw new Error('pending')
}
/** Extends the lease of a running attempt; undefined when it is no longer this worker's. Returns the wishes of people meanwhile. */
export function renewLease(
  l: Ledger,
  o: JobMessage & { workerId: string; leaseMs: number },
): Promise<{ control: JobControl } | undefined> {
  throw new Error('pending')
}
export class StaleFenceError extends Error {}
/** throws StaleFenceError unless running under this attempt with lease_until > now() */
export function checkFence(l: Ledger, m: JobMessage): Promise<void> {
  throw new Error('pending')
}
/** cancel, approve, reject, pause, resume, promote, abort. Decides by domain.decideVerb; waiting/queued jobs move at once, running ones get `control` + NOTIFY. Throws illegal-transition, not-found. */
export function controlJob(
  l: Ledger,
  o: { jobId: string; verb: Exclude<JobVerb, 'retry'>; full?: boolean; by: By },
): Promise<Job> {
  throw new Error('pending')
}
/** A running deploy's handler has taken note of a pause/promote wish. */
export function clearControl(l: Ledger, o: JobMessage & { keys: (keyof JobControl)[] }): Promise<void> {
  throw new Error('pending')
}
/** Worker-side: a new job with the same payload; parentId = the old. Throws illegal-transition unless failed/cancelled/superseded. */
export function retryJob(l: Ledger, o: { jobId: string; by: By }): Promise<Job> {
  throw new Error('pending')
}

// --- steps, progress, events, logs (all writes under a fence; a zombie gets StaleFenceError)
/** event step.started */
export function beginStep(
  l: Ledger,
  o: JobMessage & { name: string; position: number },
): Promise<{ done: true; result: unknown } | { done: false }> {
  throw new Error('pending')
}
export function endStep(
  l: Ledger,
  o: JobMessage & { name: string; state: 'succeeded' | 'failed' | 'cancelled'; result?: unknown; failure?: JobFailure },
): Promise<void> {
  throw new Error('pending')
}
/** only upwards */
export function recordProgress(l: Ledger, o: JobMessage & { percent: number }): Promise<void> {
  throw new Error('pending')
}
/** gapless seq per job */
export function appendEvents(
  l: Ledger,
  o: JobMessage & { events: { type: EventType; data: Record<string, unknown> }[] },
): Promise<void> {
  throw new Error('pending')
}
export function listEvents(l: Ledger, o: { jobId: string; after: number; limit: number }): Promise<JobEvent[]> {
  throw new Error('pending')
}
/** offset = bytes so far; capped per job (LOG_LIMIT_BYTES, says so once) */
export function appendLog(l: Ledger, o: JobMessage & { text: string }): Promise<void> {
  throw new Error('pending')
}
export function readLog(
  l: Ledger,
  o: { jobId: string; offset: number; limitBytes: number },
): Promise<{ text: string; nextOffset: number }> {
  throw new Error('pending')
}

// --- outbox, rescue, timers
export interface OutboxRow {
  id: number
  jobId: string
  attempt: number
  kind: JobKind
  delayMs: number
  priority: number
}
/** Takes up to `limit` unpublished rows FOR UPDATE SKIP LOCKED, hands them to publish, marks them published; publish rejecting leaves them. Returns how many and the oldest's age. */
export function relayOutbox(
  l: Ledger,
  o: { limit: number; publish(rows: OutboxRow[]): Promise<void> },
): Promise<{ published: number; oldestAgeMs: number }> {
  throw new Error('pending')
}
/** running, lease over */
export function findLostJobs(l: Ledger, o: { limit: number }): Promise<Job[]> {
  throw new Error('pending')
}
/** Puts the outbox row of queued jobs whose message was published longer ago than `afterMs` (+ its delay) and not claimed back as unpublished. Returns how many. */
export function resendUnclaimed(l: Ledger, o: { afterMs: number; limit: number }): Promise<number> {
  throw new Error('pending')
}
/** waiting, due_at <= now() */
export function findDueJobs(l: Ledger, o: { limit: number }): Promise<Job[]> {
  throw new Error('pending')
}
export function nextDueInMs(l: Ledger): Promise<number | undefined> {
  throw new Error('pending')
}

// --- images
export interface ImageRecord {
  app: string
  version: string
  target: string
  registry: string
  name: string
  tags: string[]
  imageId: string
  digest: string | null
  size: number
  report: BuildReport
  jobId: string
  createdAt: Date
  pushedAt: Date | null
}
/** upsert (app, version, target); event image.built, audit */
export function recordImage(
  l: Ledger,
  o: JobMessage & { image: Omit<ImageRecord, 'jobId' | 'createdAt' | 'pushedAt' | 'digest'>; by: By },
): Promise<void> {
  throw new Error('pending')
}
/** event image.pushed, audit; report.pushed/digest updated */
export function recordPush(
  l: Ledger,
  o: JobMessage & { app: string; version: string; target: string; digest: string; by: By },
): Promise<void> {
  throw new Error('pending')
}
/** newest first */
export function listImages(
  l: Ledger,
  o: { app: string; version?: string; target?: string; limit?: number },
): Promise<ImageRecord[]> {
  throw new Error('pending')
}
/** References that may be removed by retention: never one that a kept revision uses. */
export function listRemovableImages(l: Ledger, o: { app: string; keep: number }): Promise<ImageRecord[]> {
  throw new Error('pending')
}
export function forgetImage(l: Ledger, o: { app: string; version: string; target: string }): Promise<void> {
  throw new Error('pending')
}

// --- environments and revisions
export interface EnvironmentRecord {
  app: string
  environment: string
  activeJobId: string | null
  currentRevision: number | null
  pinnedBy: string | null
  pinnedAt: Date | null
  warm: { revision: number; until: Date }[]
  observed: unknown
  observedAt: Date | null
}
export interface Revision {
  app: string
  environment: string
  number: number
  image: string
  version: string
  settings: EnvironmentSpec
  specVersion: number
  strategy: string
  state: 'pending' | 'active' | 'retired' | 'failed'
  cause: string
  jobId: string
  createdBy: string
  createdAt: Date
  activatedAt: Date | null
}
export function getEnvironment(l: Ledger, app: string, environment: string): Promise<EnvironmentRecord | undefined> {
  throw new Error('pending')
}
export function listEnvironments(l: Ledger, app?: string): Promise<EnvironmentRecord[]> {
  throw new Error('pending')
}
/** Idempotent per job: the second call of the same job returns the same revision. */
export function createRevision(
  l: Ledger,
  o: JobMessage & {
    app: string
    environment: string
    image: string
    version: string
    settings: EnvironmentSpec
    specVersion: number
    strategy: string
    cause: string
    by: By
  },
): Promise<Revision> {
  throw new Error('pending')
}
export function activateRevision(
  l: Ledger,
  o: JobMessage & {
    app: string
    environment: string
    number: number
    pin: boolean /* rollback pins */
    unpin: boolean /* a person's deploy unpins */
    warm?: { revision: number; delayMs: number } | undefined
    by: By
  },
): Promise<void> {
  throw new Error('pending')
}
export function failRevision(
  l: Ledger,
  o: JobMessage & { app: string; environment: string; number: number; by: By },
): Promise<void> {
  throw new Error('pending')
}
export function getRevision(
  l: Ledger,
  app: string,
  environment: string,
  number: number,
): Promise<Revision | undefined> {
  throw new Error('pending')
}
/** newest first */
export function listRevisions(l: Ledger, o: { app: string; environment: string; limit?: number }): Promise<Revision[]> {
  throw new Error('pending')
}
export function unpinEnvironment(l: Ledger, o: { app: string; environment: string; by: By }): Promise<void> {
  throw new Error('pending')
}
export function recordObservation(
  l: Ledger,
  o: { app: string; environment: string; observed: unknown },
): Promise<void> {
  throw new Error('pending')
}
/** Warm colours whose time is over and whose environment has no active job. takeWarm removes it from the list under the environment's lock and returns whether this caller got it. */
export function findColdColours(l: Ledger): Promise<{ app: string; environment: string; revision: number }[]> {
  throw new Error('pending')
}
export function takeWarm(l: Ledger, o: { app: string; environment: string; revision: number }): Promise<boolean> {
  throw new Error('pending')
}

// --- audit
export function listAudit(
  l: Ledger,
  o: { actor?: string; app?: string; action?: AuditAction; since?: Date; after?: number; limit: number },
): Promise<AuditEntry[]> {
  throw new Error('pending')
}
export function verifyAudit(l: Ledger, o?: { checkpoint?: { seq: number; hash: string } }): Promise<AuditVerification> {
  throw new Error('pending')
}
// internal: appendAudit(tx, {...}) under a transaction-scoped advisory lock taken LAST in the transaction; seq gapless; hash = sha256 over a canonical, versioned form incl. prev hash; table protected by triggers against UPDATE/DELETE/TRUNCATE and by REVOKE for the service role (errors SQLSTATE 42501)

// --- idempotency is inside enqueueJob; tokens, secrets, uploads, webhooks:
export interface TokenRecord {
  id: string
  name: string
  role: Role
  app: string | null
  environment: string | null
  createdAt: Date
  expiresAt: Date | null
  lastUsedAt: Date | null
  revokedAt: Date | null
}
export function createToken(
  l: Ledger,
  o: { name: string; role: Role; app?: string; environment?: string; expiresInMs?: number; by: By },
): Promise<{ token: string /* stv_… once */; record: TokenRecord }> {
  throw new Error('pending')
}
/** sha-256 lookup, not revoked, not expired; lastUsedAt at most once a minute */
export function authenticate(l: Ledger, token: string): Promise<TokenRecord | undefined> {
  throw new Error('pending')
}
export function listTokens(l: Ledger): Promise<TokenRecord[]> {
  throw new Error('pending')
}
export function revokeToken(l: Ledger, o: { id: string; by: By }): Promise<boolean> {
  throw new Error('pending')
}
/** an admin token, only when there has never been a token (race-safe) */
export function createFirstToken(l: Ledger, o: { by: By }): Promise<string | undefined> {
  throw new Error('pending')
}
export interface SecretRecord {
  name: string
  app: string | null
  environment: string | null
  fingerprint: string
  updatedAt: Date
}
/** AES-256-GCM under masterKey, name+scope as AAD */
export function putSecret(
  l: Ledger,
  o: { name: string; app?: string; environment?: string; value: string; by: By },
): Promise<SecretRecord> {
  throw new Error('pending')
}
export function removeSecret(
  l: Ledger,
  o: { name: string; app?: string; environment?: string; by: By },
): Promise<boolean> {
  throw new Error('pending')
}
export function listSecrets(l: Ledger, o: { app?: string; environment?: string }): Promise<SecretRecord[]> {
  throw new Error('pending')
}
/** The most specific value of each name for this app and environment; names without a value are absent. */
export function readSecrets(
  l: Ledger,
  o: { names: readonly string[]; app: string; environment?: string | undefined },
): Promise<Record<string, string>> {
  throw new Error('pending')
}
/** chunks in a table; payload-too-large past the limit, nothing kept */
export function saveUpload(
  l: Ledger,
  o: { app: string; stream: AsyncIterable<Buffer>; limitBytes: number; by: By },
): Promise<{ id: string; bytes: number }> {
  throw new Error('pending')
}
export function openUpload(l: Ledger, o: { app: string; id: string }): Promise<AsyncIterable<Buffer> | undefined> {
  throw new Error('pending')
}
export function recordDelivery(
  l: Ledger,
  o: { app: string; provider: string; deliveryId: string },
): Promise<{ first: boolean; jobIds: string[] }> {
  throw new Error('pending')
}
export function completeDelivery(
  l: Ledger,
  o: { app: string; provider: string; deliveryId: string; jobIds: string[] },
): Promise<void> {
  throw new Error('pending')
}
/** old outbox rows, idempotency keys > 24 h, logs past retain.logs, old uploads */
export function pruneLedger(l: Ledger, o: { limit: number }): Promise<Record<string, number>> {
  throw new Error('pending')
}
