import { type SQL, sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { query, transact } from '../foundation/transact.ts'
import type { EnvironmentKey } from '../line/line.ts'
import { lockKnownEnvironment } from '../line/lock.ts'
import { final } from './prune.ts'

/**
 * Removes revisions past those that the app's spec keeps in each environment: the ones that served last, and as many of those that never
 * served, so that a row of failed deploys does not push out what a rollback needs. Never one that runs, is kept warm, is about to run, or is
 * what an unfinished rollback returns to or an unfinished command runs in.
 * @returns how many were removed
 */
export async function pruneRevisions(ledger: Ledger, { app, keep }: { app: string; keep: number }): Promise<number> {
  let removed = 0
  for (const environment of await findFull(ledger, app, keep))
    removed += await pruneEnvironment(ledger, { app, environment }, keep)
  return removed
}

async function findFull(ledger: Ledger, app: string, keep: number): Promise<string[]> {
  const { rows } = await query(ledger, (db) =>
    db.execute<{ environment: string }>(
      sql`select environment from revisions where app = ${app} group by environment having count(*) > ${keep}`,
    ),
  )
  return rows.map(({ environment }) => environment)
}

/** The environment is locked first: no rollback joins its line between the look and the removal. */
function pruneEnvironment(ledger: Ledger, key: EnvironmentKey, keep: number): Promise<number> {
  return transact(ledger, async (tx) => {
    const found = await lockKnownEnvironment(tx, key)
    // What is under way may return to any of them.
    if (!found || found.activeJobId !== null) return 0
    const warm = found.warm.map(({ revision }) => revision)
    const { rowCount } = await tx.db.execute(removeOld(key, warm, keep))
    return rowCount ?? 0
  })
}

function removeOld({ app, environment }: EnvironmentKey, warm: readonly number[], keep: number): SQL {
  return sql`
    delete from revisions r using (
      select number, row_number() over (
        partition by activated_at is null order by activated_at desc, number desc
      ) as age
      from revisions where app = ${app} and environment = ${environment}
    ) ranked
    where r.app = ${app} and r.environment = ${environment} and r.number = ranked.number and ranked.age > ${keep}
    and r.state in ('retired', 'failed') and not ${JSON.stringify(warm)}::jsonb @> to_jsonb(r.number)
    and not exists (
      select from jobs j where j.app = r.app and j.environment = r.environment and j.state not in (${final})
      and (j.id = r.job_id or to_jsonb(r.number) in (j.payload -> 'toRevision', j.payload -> 'revision')))`
}
