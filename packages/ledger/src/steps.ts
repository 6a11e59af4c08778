import type { JobFailure, JobMessage, NewEvent, StepState } from '@stevedore/contract'
import { and, asc, eq, sql } from 'drizzle-orm'
import { writeEvents } from './events.ts'
import { withFence } from './fence.ts'
import type { Ledger } from './ledger.ts'
import { attempts } from './schema/attempts.ts'
import { jobs } from './schema/jobs.ts'
import { steps } from './schema/steps.ts'
import { query } from './transact.ts'
import { tell } from './transition.ts'

export interface Step {
  name: string
  position: number
  state: StepState
  attempt: number
  result: unknown
  startedAt: Date
  endedAt: Date | null
}

/** Opens a step of a running attempt; one that an earlier attempt finished gives its result instead. Throws StaleFenceError. */
export function beginStep(
  ledger: Ledger,
  o: JobMessage & { name: string; position: number },
): Promise<{ done: true; result: unknown } | { done: false }> {
  const { jobId, attempt, name, position } = o
  return withFence(ledger, o, async (tx, job) => {
    const [found] = await tx.db.select().from(steps).where(isStep(o))
    if (found?.state === 'succeeded') return { done: true, result: found.result }
    const opened = { position, attempt, state: 'running', result: null, failure: null, endedAt: null } as const
    await tx.db
      .insert(steps)
      .values({ jobId, name, ...opened })
      .onConflictDoUpdate({ target: [steps.jobId, steps.name], set: { ...opened, startedAt: sql`now()` } })
    await writeEvents(tx, job, [{ type: 'step.started', data: { name, position, attempt } }])
    return { done: false }
  })
}

/** Closes a step of a running attempt; a repeat changes nothing. Throws StaleFenceError. */
export function endStep(
  ledger: Ledger,
  o: JobMessage & {
    name: string
    state: 'succeeded' | 'failed' | 'cancelled'
    result?: unknown
    failure?: JobFailure
  },
): Promise<void> {
  return withFence(ledger, o, async (tx, job) => {
    const ended = await tx.db
      .update(steps)
      .set({ state: o.state, result: o.result ?? null, failure: o.failure ?? null, endedAt: sql`now()` })
      .where(and(isStep(o), eq(steps.attempt, o.attempt), eq(steps.state, 'running')))
      .returning({ name: steps.name })
    if (ended.length > 0) await writeEvents(tx, job, [endEvent(o)])
  })
}

const isStep = ({ jobId, name }: { jobId: string; name: string }) => and(eq(steps.jobId, jobId), eq(steps.name, name))

function endEvent(o: { name: string; state: 'succeeded' | 'failed' | 'cancelled'; failure?: JobFailure }): NewEvent {
  if (o.state === 'succeeded') return { type: 'step.succeeded', data: { name: o.name } }
  return { type: 'step.failed', data: { name: o.name, state: o.state, ...tell(o.failure) } }
}

export function listSteps(ledger: Ledger, jobId: string): Promise<Step[]> {
  return query(ledger, async (db) => {
    const rows = await db.select().from(steps).where(eq(steps.jobId, jobId)).orderBy(asc(steps.position))
    return rows.map(({ jobId: _jobId, failure: _failure, ...step }) => step)
  })
}

/** Raises a running attempt's progress; a lower figure changes nothing. @param o `percent` 0 to 100. Throws StaleFenceError. */
export function recordProgress(ledger: Ledger, o: JobMessage & { percent: number }): Promise<void> {
  const percent = Math.min(100, Math.floor(o.percent))
  return withFence(ledger, o, async (tx, job) => {
    if (percent <= job.progress) return
    await tx.db.update(jobs).set({ progress: percent }).where(eq(jobs.id, o.jobId))
    await writeEvents(tx, job, [{ type: 'step.progress', data: { percent } }])
  })
}

export interface Attempt {
  attempt: number
  workerId: string
  startedAt: Date
  endedAt: Date | null
  /** The state that the job went to. */
  outcome: string | null
  failure: JobFailure | null
}

/** Each claim of a job, in order: who ran it and what it led to. */
export function listAttempts(ledger: Ledger, jobId: string): Promise<Attempt[]> {
  return query(ledger, async (db) => {
    const rows = await db.select().from(attempts).where(eq(attempts.jobId, jobId)).orderBy(asc(attempts.attempt))
    return rows.map(({ jobId: _jobId, ...attempt }) => attempt)
  })
}
