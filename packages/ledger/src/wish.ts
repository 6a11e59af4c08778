import {
  type ControlVerb,
  type FailureCode,
  failures,
  type JobControl,
  type JobFailure,
  type NewEvent,
  type QueueReason,
} from '@stevedore/contract'
import type { VerbEffect } from '@stevedore/domain'
import { eq, sql } from 'drizzle-orm'
import { applyTransition } from './apply-transition.ts'
import type { By } from './audit/append-audit.ts'
import { lineKey, readHolder, setHolder } from './line.ts'
import { events } from './schema/events.ts'
import { type JobRow, jobs } from './schema/jobs.ts'
import type { Transaction } from './transact.ts'
import type { Transition } from './transition.ts'

/** Carries out what the domain decided of a wish, and records who had it. The caller has locked the environment, then the job. */
export async function applyWish(
  tx: Transaction,
  job: JobRow,
  verb: ControlVerb,
  effect: Exclude<VerbEffect, { kind: 'refused' }>,
  by: By,
): Promise<void> {
  tx.record({ by, action: `job.${verb}`, app: job.app, environment: job.environment, jobId: job.id })
  if (effect.control) await keepControl(tx, job, verb, effect.control, by)
  if (effect.kind === 'wish' || (effect.to === 'queued' && job.state === 'queued')) return
  if (effect.to === 'join-line') return joinLine(tx, job, by)
  await applyTransition(tx, { jobId: job.id, from: job }, transitionOf(verb, effect.to), by)
}

/** Wishes add up; one that is taken back (`pause: false`) is no longer there. */
async function keepControl(
  tx: Transaction,
  job: JobRow,
  verb: ControlVerb,
  control: JobControl,
  by: By,
): Promise<void> {
  const merged = Object.fromEntries(Object.entries({ ...job.control, ...control }).filter(([, wish]) => wish))
  const type = verb === 'cancel' ? 'job.cancel-requested' : 'job.control-requested'
  await change(tx, job, { control: merged }, { type, data: { verb, by: by.actor, control: merged } })
}

/** Changes a locked job but not its state, and tells watchers. */
async function change(tx: Transaction, job: JobRow, changed: Partial<JobRow>, event: NewEvent): Promise<void> {
  const [numbered] = await tx.db
    .update(jobs)
    .set({ ...changed, eventSeq: sql`${jobs.eventSeq} + 1` })
    .where(eq(jobs.id, job.id))
    .returning({ seq: jobs.eventSeq })
  await tx.db.insert(events).values({ jobId: job.id, seq: numbered?.seq as number, ...event })
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
