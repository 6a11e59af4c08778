import {
  type ControlVerb,
  type FailureCode,
  failures,
  type JobControl,
  type JobFailure,
  type NewEvent,
  ProblemError,
  type QueueReason,
} from '@stevedore/contract'
import { decideVerb, type VerbEffect } from '@stevedore/domain'
import type { By } from '../foundation/append-audit.ts'
import { notify } from '../foundation/channels.ts'
import { eq, sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { takeOnly } from '../foundation/rows.ts'
import { events } from '../foundation/schema/attempts.ts'
import { type JobRow, jobs } from '../foundation/schema/jobs.ts'
import { type Transaction, transact } from '../foundation/transact.ts'
import { lineKey, readHolder, setHolder } from '../line/line.ts'
import { lockJob, selectJob } from '../line/lock.ts'
import { type Approval, judgeApproval, nameActor } from './approval.ts'
import { imageOf, type Job, toJob } from './job.ts'
import { applyTransition, type Transition } from './transition.ts'

interface Control {
  jobId: string
  verb: ControlVerb
  full?: boolean
  /** Of an approval. */
  approval?: Approval
  by: By
}

/**
 * Does or notes what a person asks of a job: one that waits or is queued moves at once, a running one is told.
 * Throws ProblemError `not-found`, `illegal-transition`, and of an approval `self-approval`, `approval-outdated`.
 */
export function controlJob(ledger: Ledger, { jobId, verb, full, approval, by }: Control): Promise<Job> {
  return transact(ledger, async (tx) => {
    const job = await lockJob(tx, jobId)
    const effect = decideVerb(verb, { ...job, begun: leavesTraces(job) && job.startedAt !== null }, full)
    if (effect.kind === 'refused') throw new ProblemError('illegal-transition', effect.reason)
    if (verb === 'approve') await judgeApproval(tx, job, { person: nameActor(by.actor), ...approval })
    await applyControl(tx, job, verb, effect, by)
    return toJob(await selectJob(tx, jobId))
  })
}

/** What it has begun outside the ledger is there after the attempt that began it: a worker has to end it. */
function leavesTraces({ inLine, kind }: JobRow): boolean {
  return inLine || kind === 'run'
}

/** Carries out what the domain decided, and records who asked. The caller has locked the environment, then the job. */
export async function applyControl(
  tx: Transaction,
  job: JobRow,
  verb: ControlVerb,
  effect: Exclude<VerbEffect, { kind: 'refused' }>,
  by: By,
): Promise<void> {
  recordControl(tx, job, verb, by)
  if (effect.control) await keepControl(tx, job, verb, effect.control, by)
  if (effect.kind === 'control' || (effect.to === 'queued' && job.state === 'queued')) return
  if (effect.to === 'join-line') return joinLine(tx, job, by)
  await applyTransition(tx, { jobId: job.id, from: job }, transitionOf(verb, effect.to), by)
}

/** An approval is of what the job was recorded with, and the trail says so. */
function recordControl(tx: Transaction, job: JobRow, verb: ControlVerb, by: By): void {
  const subject = { by, app: job.app, environment: job.environment, jobId: job.id }
  if (verb === 'approve')
    tx.record({ ...subject, action: 'job.approve', detail: { image: imageOf(job), specVersion: job.specVersion } })
  else tx.record({ ...subject, action: `job.${verb}` })
}

/** Requests add up; one that is taken back (`pause: false`) is no longer there. */
async function keepControl(tx: Transaction, job: JobRow, verb: ControlVerb, added: JobControl, by: By): Promise<void> {
  const control = Object.fromEntries(Object.entries({ ...job.control, ...added }).filter(([, asked]) => asked))
  const type = verb === 'cancel' ? 'job.cancel-requested' : 'job.control-requested'
  await change(tx, job, { control }, { type, data: { verb, by: by.actor, control } })
  await tx.db.execute(notify('stevedore_control', job.id))
}

/** Changes a locked job but not its state, and tells watchers. */
async function change(tx: Transaction, job: JobRow, changed: Partial<JobRow>, event: NewEvent): Promise<void> {
  const numbered = await tx.db
    .update(jobs)
    .set({ ...changed, eventSeq: sql`${jobs.eventSeq} + 1` })
    .where(eq(jobs.id, job.id))
    .returning({ seq: jobs.eventSeq })
  const { seq } = takeOnly(numbered, `job ${job.id}`)
  await tx.db.insert(events).values({ jobId: job.id, seq, ...event })
}

/** An approved deploy takes its environment when that is free; else it waits on, now for the environment: its state stays. */
async function joinLine(tx: Transaction, job: JobRow, by: By): Promise<void> {
  const key = lineKey(job)
  if (key && (await readHolder(tx.db, key)) !== null)
    return change(tx, job, { waitingFor: 'environment' }, { type: 'job.waiting', data: { waitingFor: 'environment' } })
  await applyTransition(tx, { jobId: job.id, from: job }, { to: 'queued', reason: 'approved' }, by)
  if (key) await setHolder(tx, key, job.id)
}

const reasons: Partial<Record<ControlVerb, QueueReason>> = {
  cancel: 'cancelled',
  resume: 'resumed',
  promote: 'promoted',
  abort: 'aborted',
}

function transitionOf(verb: ControlVerb, to: 'cancelled' | 'queued' | 'failed'): Transition {
  if (to === 'cancelled') return { to, failure: failWith('cancelled') }
  if (to === 'failed') return { to, failure: failWith('rejected') }
  return { to, reason: reasons[verb] ?? 'resumed' }
}

function failWith(code: FailureCode): JobFailure {
  return { code, message: failures[code].title }
}
