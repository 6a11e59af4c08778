import { sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { query } from '../foundation/transact.ts'
import type { EnvironmentKey } from '../line/line.ts'

/** How long a window of figures lasts, by the name that it has in metrics. */
const windows = sql`(values ('7d', interval '7 days'), ('30d', interval '30 days')) as w(name, span)`

/** How deploys to an environment went within a window that ends now. */
export interface DeployFigures extends EnvironmentKey {
  window: '7d' | '30d'
  /** Deploys that came to serve. */
  succeeded: number
  /** Deploys that failed, whatever the code; one that an approver rejected changed nothing and is not among them. */
  failed: number
  /** Rollbacks that came to serve: each takes back what had succeeded before. */
  rolledBack: number
  /**
   * The median from when a change was recorded to when it served: from the record of the build where its image serves here for the first time,
   * else from that of the deploy. null without any.
   */
  leadSeconds: number | null
  /** The median from when a change went wrong to the next deploy or rollback that succeeded; null without any. */
  restoreSeconds: number | null
}

/** Removals, adoptions, restarts, changes of scale and of companions change nothing of what an app does. */
const ended = sql`
  select j.app, j.environment, j.kind, j.state, j.seq, j.finished_at, extract(epoch from r.activated_at - case
    when b.created_at is null or exists (
      select from revisions p where p.app = r.app and p.environment = r.environment and p.image = r.image
        and p.number < r.number and p.activated_at is not null) then j.created_at
    else least(b.created_at, j.created_at) end)::float8 as lead
  from jobs j
  join apps a on a.app = j.app and a.retired_at is null
  left join revisions r on r.job_id = j.id
  left join images i on i.app = j.app and i.version = r.version and i.target = j.payload ->> 'target'
  left join jobs b on b.id = i.job_id
  where j.in_line and j.state in ('succeeded', 'failed') and j.finished_at > now() - interval '30 days'
    and not j.payload ?| array['remove', 'adopt', 'restart', 'scale', 'service'] and coalesce(j.error ->> 'code', '') <> 'rejected'`

/** What ended since the success before, each with when that was: a streak ends with a success, or goes on. */
const streaks = sql`
  select *,
    count(*) filter (where state = 'succeeded') over earlier as streak,
    max(finished_at) filter (where state = 'succeeded') over earlier as served_since
  from ended window earlier as (
    partition by app, environment order by finished_at, seq rows between unbounded preceding and 1 preceding)`

/** A deploy goes wrong as it fails; one that is rolled back, as it comes to serve. */
const restores = sql`
  select app, environment, max(finished_at) filter (where state = 'succeeded') as finished_at,
    extract(epoch from max(finished_at) filter (where state = 'succeeded') - coalesce(
      min(finished_at) filter (where state = 'failed' and kind = 'deploy'),
      max(served_since) filter (where state = 'succeeded' and kind = 'rollback')))::float8 as took
  from streaks group by app, environment, streak`

/** Of each environment that was ever deployed to and whose app is declared, once for each window. */
export function readDeployFigures(ledger: Ledger): Promise<DeployFigures[]> {
  return query(ledger, async (db) => {
    const { rows } = await db.execute<Record<keyof DeployFigures, never>>(sql`
      with ended as materialized (${ended}), streaks as (${streaks}), restores as materialized (${restores})
      select e.app, e.environment, w.name as window,
        count(*) filter (where d.kind = 'deploy' and d.state = 'succeeded')::int as succeeded,
        count(*) filter (where d.kind = 'deploy' and d.state = 'failed')::int as failed,
        count(*) filter (where d.kind = 'rollback' and d.state = 'succeeded')::int as "rolledBack",
        percentile_cont(0.5) within group (order by d.lead)
          filter (where d.kind = 'deploy' and d.state = 'succeeded') as "leadSeconds",
        (select percentile_cont(0.5) within group (order by r.took) from restores r
          where r.app = e.app and r.environment = e.environment and r.finished_at > now() - w.span) as "restoreSeconds"
      from environments e join apps a on a.app = e.app and a.retired_at is null cross join ${windows}
      left join ended d on d.app = e.app and d.environment = e.environment and d.finished_at > now() - w.span
      group by e.app, e.environment, w.name, w.span order by e.app, e.environment, w.name`)
    return rows satisfies DeployFigures[]
  })
}
