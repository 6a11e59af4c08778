import type { JobMessage } from '@stevedore/contract'
import { type By, detailOf } from '../foundation/append-audit.ts'
import { sql } from '../foundation/drizzle.ts'
import { canonicalJson } from '../foundation/json.ts'
import { type Job, toJob } from './job.ts'
import { shareMoves } from './move-together.ts'
import { columns, readRow } from './stored-row.ts'
import { eventOf, traceOf } from './transition.ts'

const whole = sql.raw(columns.map(({ stored }) => `claimed.${stored}`).join(', '))

export interface Claim extends JobMessage {
  workerId: string
  leaseMs: number
  by: By
}

/**
 * Takes queued attempts for a worker, with their events, attempts and audit entries: all that `transitionJob` does for one. Postgres runs what the
 * answer does not read in an order of its own, but nothing of it locks what others wait for beside the trail.
 */
export const claimTogether = shareMoves<Claim, Job>({
  write({ jobId, attempt, workerId, leaseMs, by }) {
    const transition = { to: 'running', workerId, leaseMs } as const
    const { type, data } = eventOf({ attempt, dueAt: null, startedAt: null }, transition)
    const detail = canonicalJson(detailOf({ by, detail: traceOf('queued', { attempt }, transition) }))
    return {
      id: jobId,
      attempt,
      worker_id: workerId,
      lease_ms: Math.round(leaseMs),
      actor: by.actor,
      type,
      data,
      detail,
    }
  },
  read: (row) => toJob(readRow(row)),
  say: (asked) => sql`with asked as materialized (
  select distinct on (id) * from jsonb_to_recordset(${asked}) as ask(place integer, id uuid, attempt integer, worker_id text, lease_ms bigint,
    actor text, type text, data jsonb, detail text) order by id, place
), free as materialized (
  select jobs.id from jobs join asked using (id) where jobs.state = 'queued' and jobs.attempt = asked.attempt
  order by jobs.seq for update of jobs skip locked
), claimed as (
  update jobs set state = 'running', worker_id = asked.worker_id, lease_until = now() + asked.lease_ms * interval '1 millisecond',
    started_at = coalesce(started_at, now()), waiting_for = null, due_at = null, event_seq = event_seq + 1
  from asked where jobs.id = asked.id and jobs.id in (select id from free) returning jobs.*
), told as (
  insert into events (job_id, seq, type, data) select id, event_seq, asked.type, asked.data from claimed join asked using (id)
), begun as (
  insert into attempts (job_id, attempt, worker_id) select id, attempt, worker_id from claimed
), traced as (
  insert into audit (actor, action, app, environment, job_id, detail)
  select actor, 'job.transition', app, environment, id, asked.detail::json from claimed join asked using (id) order by seq
)
select place, ${whole} from claimed join asked using (id)`,
})
