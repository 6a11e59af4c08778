import type { NewEvent } from '@stevedore/contract'
import type { By, NewAuditEntry } from '../foundation/append-audit.ts'
import { now } from '../foundation/clock.ts'
import type { EnvironmentKey } from '../line/line.ts'
import type { NewJob } from './job.ts'

/** A job that is to be recorded. */
export interface Draft {
  id: string
  job: NewJob
  /** For whom it runs; `by` is who records it. */
  requestedBy: string
  by: By
}

export type Start = { state: 'queued' } | { state: 'waiting'; waitingFor: 'approval' | 'environment' }

/** The environment in whose line a new job will stand. Deploys and rollbacks go one at a time; a dry run or a command waits for nobody. */
export function newLineKey(job: NewJob): EnvironmentKey | undefined {
  const { kind, app, environment, resolved } = job
  if (environment === null || kind === 'run' || (kind === 'deploy' && 'dryRun' in resolved && resolved.dryRun))
    return undefined
  return { app, environment }
}

/** How a job starts that waits for no other. */
export function standAlone(job: NewJob): Start {
  return job.approval ? { state: 'waiting', waitingFor: 'approval' } : { state: 'queued' }
}

/** Only what a new job has: one that is retried brings the rest of the old one's life along. */
export function draftRow({ id, job, requestedBy, by }: Draft, start: Start) {
  const { kind, app, environment, specVersion, request, resolved, next = [], parentId = null, deliverySeq = null } = job
  const { maxFailures = 3, maxLosses = 3, priority = 0, approval = false, selfApproval = false, queue = 'latest' } = job
  const isQueued = start.state === 'queued'
  return {
    ...{ id, kind, app, environment, specVersion, request, resolved, next, parentId, deliverySeq, requestedBy },
    ...{ maxFailures, maxLosses, priority, approval, selfApproval, queue },
    state: start.state,
    waitingFor: isQueued ? null : start.waitingFor,
    attempt: isQueued ? 1 : 0,
    queuedAt: isQueued ? now : null,
    inLine: newLineKey(job) !== undefined,
    correlationId: by.correlationId,
    traceparent: by.traceparent ?? null,
    eventSeq: 1,
  }
}

/** Its first event. */
export function draftEvent(start: Start): NewEvent {
  return start.state === 'queued'
    ? { type: 'job.queued', data: { attempt: 1 } }
    : { type: 'job.waiting', data: { waitingFor: start.waitingFor } }
}

/** What the audit trail keeps of it. */
export function describeRequest({ id: jobId, job, requestedBy, by }: Draft, start: Start) {
  const { app, environment, kind, request, parentId = null } = job
  const detail = { ...start, kind, request, requestedBy, parentId }
  return { by, action: 'job.requested', app, environment, jobId, detail } as const satisfies NewAuditEntry
}
