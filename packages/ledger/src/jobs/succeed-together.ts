import type { JobMessage, JobResult } from '@stevedore/contract'
import { type By, detailOf } from '../foundation/append-audit.ts'
import { sql } from '../foundation/drizzle.ts'
import { canonicalJson } from '../foundation/json.ts'
import { shareMoves } from './move-together.ts'
import { eventOf, traceOf } from './transition.ts'

interface Success extends JobMessage {
  result: JobResult
  by: By
}

/**
 * Ends running attempts well, with their events, steps and audit entries: all that `transitionJob` does for one that has no follow-ups. Those
 * that stand in an environment's line are left to that one: they hand the environment on.
 */
export const succeedTogether = shareMoves<Success, true>({
  write({ jobId, attempt, result, by }) {
    const transition = { to: 'succeeded', result } as const
    const { type, data } = eventOf({ attempt, dueAt: null, startedAt: null }, transition)
    const detail = canonicalJson(detailOf({ by, detail: traceOf('running', { attempt }, transition) }))
    return { id: jobId, attempt, result, actor: by.actor, type, data, detail }
  },
  read: () => true,
  commitsAtOnce: true,
  say: (asked) => sql`with asked as materialized (
  select distinct on (id) * from jsonb_to_recordset(${asked}) as ask(place integer, id uuid, attempt integer, result jsonb,
    actor text, type text, data jsonb, detail text) order by id, place
), own as materialized (
  select jobs.id from jobs join asked using (id) where jobs.state = 'running' and jobs.attempt = asked.attempt and not jobs.in_line
  order by jobs.seq for update of jobs skip locked
), ended as (
  update jobs set state = 'succeeded', worker_id = null, lease_until = null, waiting_for = null, due_at = null, finished_at = now(),
    result = asked.result, error = null, progress = 100, event_seq = event_seq + 1
  from asked where jobs.id = asked.id and jobs.id in (select id from own)
  returning jobs.id, jobs.seq, jobs.attempt, jobs.app, jobs.environment, jobs.event_seq
), told as (
  insert into events (job_id, seq, type, data) select id, event_seq, asked.type, asked.data from ended join asked using (id)
), left_behind as (
  update attempts set ended_at = now(), outcome = 'succeeded', failure = null from ended
  where attempts.job_id = ended.id and attempts.attempt = ended.attempt
), left_open as (
  update steps set ended_at = now(), state = 'cancelled' from ended where steps.job_id = ended.id and steps.ended_at is null
), traced as (
  insert into audit (actor, action, app, environment, job_id, detail)
  select actor, 'job.transition', app, environment, id, asked.detail::json from ended join asked using (id) order by seq
)
select place, id from ended join asked using (id)`,
})
