import type { JobFailure, JobMessage, JobState, NewEvent, StepState } from '@stevedore/contract'
import { asc, eq, sql } from '../foundation/drizzle.ts'
import { toStorableJson } from '../foundation/json.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { attempts, steps } from '../foundation/schema/attempts.ts'
import { query } from '../foundation/transact.ts'
import { isFenced, sayFenced } from './fence.ts'
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
export async function beginStep(
  ledger: Ledger,
  { jobId, attempt, name, position }: JobMessage & { name: string; position: number },
): Promise<{ done: true; result: unknown } | { done: false }> {
  // Whoever begins a step has written what was printed before it: `logOffset`.
  const data = sql`${toStorableJson({ name, position, attempt })}::jsonb || jsonb_build_object('logOffset', log_bytes)`
  const { done, result } = await sayFenced(
    ledger,
    { jobId, attempt },
    sql`with held as materialized (
  select id from jobs where ${isFenced({ jobId, attempt })} for update
), done as materialized (
  select result from steps, held where job_id = held.id and name = ${name} and state = 'succeeded'
), opened as (
  insert into steps (job_id, name, position, attempt, state)
  select id, ${name}, ${position}::int, ${attempt}::int, 'running' from held where not exists (select from done)
  on conflict (job_id, name) do update set position = excluded.position, attempt = excluded.attempt, state = 'running',
    result = null, failure = null, started_at = now(), ended_at = null
  returning job_id
), moved as (
  update jobs set event_seq = event_seq + 1 from opened where jobs.id = opened.job_id returning jobs.id, event_seq, log_bytes
), told as (
  insert into events (job_id, seq, type, data) select id, event_seq, 'step.started', ${data} from moved
)
select exists (select from done) as done, (select result from done) as result from held`,
  )
  return done === true ? { done, result } : { done: false }
}

interface EndedStep {
  name: string
  state: 'succeeded' | 'failed' | 'cancelled'
  result?: unknown
  failure?: JobFailure
}

/** Closes a step of a running attempt; a repeat changes nothing. Throws StaleFenceError. */
export async function endStep(ledger: Ledger, ended: JobMessage & EndedStep): Promise<void> {
  const { jobId, attempt, name, state, result = null, failure = null } = ended
  const { type, data } = endEvent(ended)
  // What was away has answered: the next time that something is, its time begins anew. Steps are done once, so that this ends.
  const outageEnds = state === 'succeeded' ? sql`, outage_since = null, outage_tries = 0` : sql``
  await sayFenced(
    ledger,
    { jobId, attempt },
    sql`with held as materialized (
  select id from jobs where ${isFenced({ jobId, attempt })} for update
), closed as (
  update steps set state = ${state}, result = ${toJsonb(result)}, failure = ${toJsonb(failure)}, ended_at = now() from held
  where job_id = held.id and name = ${name} and attempt = ${attempt}::int and steps.state = 'running' returning job_id
), moved as (
  update jobs set event_seq = event_seq + 1${outageEnds} from closed where jobs.id = closed.job_id returning jobs.id, event_seq
), told as (
  insert into events (job_id, seq, type, data) select id, event_seq, ${type}, ${toJsonb(data)} from moved
)
select id from held`,
  )
}

/** What is nothing is no document of it either. */
const toJsonb = (value: unknown) => (value === null ? sql`null::jsonb` : sql`${toStorableJson(value)}::jsonb`)

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
export async function recordProgress(
  ledger: Ledger,
  { jobId, attempt, percent }: JobMessage & { percent: number },
): Promise<void> {
  const progress = Math.min(100, Math.floor(percent))
  await sayFenced(
    ledger,
    { jobId, attempt },
    sql`with held as materialized (
  select id, progress from jobs where ${isFenced({ jobId, attempt })} for update
), moved as (
  update jobs set progress = ${progress}::int, event_seq = event_seq + 1 from held
  where jobs.id = held.id and held.progress < ${progress}::int returning jobs.id, event_seq
), told as (
  insert into events (job_id, seq, type, data) select id, event_seq, 'step.progress', ${toJsonb({ percent: progress })} from moved
)
select id from held`,
  )
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
