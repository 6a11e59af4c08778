import type { JobFailure, JobMessage, JobState, NewEvent, StepState } from '@stevedore/contract'
import { now } from '../foundation/clock.ts'
import { and, asc, eq } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { attempts, steps } from '../foundation/schema/attempts.ts'
import { jobs } from '../foundation/schema/jobs.ts'
import { query } from '../foundation/transact.ts'
import { writeEvents } from './events.ts'
import { withFence } from './fence.ts'
import { hideDetail } from './transition.ts'

export interface Step {
  name: string
  position: number
  state: StepState
  attempt: number
  /** What it keeps for later attempts; read by the schema of what the step does. */
  result: unknown
  startedAt: Date
  endedAt: Date | null
}

/** Opens a step of a running attempt; one that an earlier attempt finished gives its result instead. Throws StaleFenceError. */
export function beginStep(
  ledger: Ledger,
  { jobId, attempt, name, position }: JobMessage & { name: string; position: number },
): Promise<{ done: true; result: unknown } | { done: false }> {
  return withFence(ledger, { jobId, attempt }, async (tx, job) => {
    const [found] = await tx.db.select().from(steps).where(isStep(jobId, name))
    if (found?.state === 'succeeded') return { done: true, result: found.result }
    const opened = { position, attempt, state: 'running', result: null, failure: null, endedAt: null } as const
    await tx.db
      .insert(steps)
      .values({ jobId, name, ...opened })
      .onConflictDoUpdate({ target: [steps.jobId, steps.name], set: { ...opened, startedAt: now } })
    // Whoever begins a step has written what was printed before it.
    const data = { name, position, attempt, logOffset: job.logBytes }
    await writeEvents(tx, job, [{ type: 'step.started', data }])
    return { done: false }
  })
}

interface EndedStep {
  name: string
  state: 'succeeded' | 'failed' | 'cancelled'
  result?: unknown
  failure?: JobFailure
}

/** Closes a step of a running attempt; a repeat changes nothing. Throws StaleFenceError. */
export function endStep(ledger: Ledger, ended: JobMessage & EndedStep): Promise<void> {
  const { jobId, attempt, name, state, result = null, failure = null } = ended
  return withFence(ledger, { jobId, attempt }, async (tx, job) => {
    const closed = await tx.db
      .update(steps)
      .set({ state, result, failure, endedAt: now })
      .where(and(isStep(jobId, name), eq(steps.attempt, attempt), eq(steps.state, 'running')))
      .returning({ name: steps.name })
    if (closed.length === 0) return
    await writeEvents(tx, job, [endEvent(ended)])
    // What was away has answered: the next time that something is, its time begins anew. Steps are done once, so that this ends.
    if (state === 'succeeded' && job.outageTries > 0)
      await tx.db.update(jobs).set({ outageSince: null, outageTries: 0 }).where(eq(jobs.id, jobId))
  })
}

const isStep = (jobId: string, name: string) => and(eq(steps.jobId, jobId), eq(steps.name, name))

function endEvent({ name, state, failure }: EndedStep): NewEvent {
  if (state === 'succeeded') return { type: 'step.succeeded', data: { name } }
  return { type: 'step.failed', data: { name, state, ...hideDetail(failure) } }
}

export function listSteps(ledger: Ledger, jobId: string): Promise<Step[]> {
  return query(ledger, async (db) => {
    const rows = await db.select().from(steps).where(eq(steps.jobId, jobId)).orderBy(asc(steps.position))
    return rows.map(({ jobId: _jobId, failure: _failure, ...step }) => step)
  })
}

/** Raises a running attempt's progress; a lower figure changes nothing. @param percent 0 to 100. Throws StaleFenceError. */
export function recordProgress(
  ledger: Ledger,
  { jobId, attempt, percent }: JobMessage & { percent: number },
): Promise<void> {
  const progress = Math.min(100, Math.floor(percent))
  return withFence(ledger, { jobId, attempt }, async (tx, job) => {
    if (progress <= job.progress) return
    await tx.db.update(jobs).set({ progress }).where(eq(jobs.id, jobId))
    await writeEvents(tx, job, [{ type: 'step.progress', data: { percent: progress } }])
  })
}

export interface Attempt {
  attempt: number
  workerId: string
  startedAt: Date
  endedAt: Date | null
  /** The state that the job went to. */
  outcome: JobState | null
  failure: JobFailure | null
}

/** Each claim of a job, in order: who ran it and what it led to. */
export function listAttempts(ledger: Ledger, jobId: string): Promise<Attempt[]> {
  return query(ledger, async (db) => {
    const rows = await db.select().from(attempts).where(eq(attempts.jobId, jobId)).orderBy(asc(attempts.attempt))
    return rows.map(({ jobId: _jobId, ...attempt }) => attempt)
  })
}
