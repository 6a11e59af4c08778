import { sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { transact } from '../foundation/transact.ts'
import { final } from './prune.ts'

/** So many in one transaction: each may have thousands of events. */
const mostAtOnce = 50

/** What is kept of a job beside its row; the trail keeps what was done, and is never touched. */
const parts = ['log_chunks', 'events', 'steps', 'attempts', 'outbox'] as const

/**
 * Removes jobs of an app that ended longer ago than it keeps them, with their events and output. What a revision, a companion or an image that is
 * kept was made by stays, what another job goes on from, and the last of each schedule.
 * @returns how many
 */
export function pruneJobs(
  ledger: Ledger,
  { app, keepMs, limit = mostAtOnce }: { app: string; keepMs: number; limit?: number },
): Promise<number> {
  return transact(ledger, async ({ db }) => {
    const { rows } = await db.execute<{ id: string }>(sql`
      select j.id from jobs j
      where j.app = ${app} and j.state in (${final}) and j.finished_at < now() - ${keepMs} * interval '1 millisecond'
        and not exists (select from revisions r where r.job_id = j.id)
        and not exists (select from services c where c.job_id = j.id)
        and not exists (select from images i where i.job_id = j.id)
        and not exists (select from schedules s where s.last_job_id = j.id)
        and not exists (select from jobs c where c.parent_id = j.id and c.state not in (${final}))
      order by j.seq limit ${limit} for update of j skip locked`)
    if (rows.length === 0) return 0
    const ids = sql`(${sql.join(
      rows.map(({ id }) => sql`${id}`),
      sql`, `,
    )})`
    for (const part of parts) await db.execute(sql`delete from ${sql.identifier(part)} where job_id in ${ids}`)
    await db.execute(sql`delete from jobs where id in ${ids}`)
    return rows.length
  })
}
