import type { JobMessage } from '@stevedore/contract'
import { alias, and, desc, eq, isNotNull, lt, type SQLWrapper, sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { jobs } from '../foundation/schema/jobs.ts'
import { query } from '../foundation/transact.ts'
import { withFence } from '../jobs/fence.ts'

/** The build that a push of a branch has led to. */
export interface ArrivedPush {
  commit: string
  /** The place of its delivery among all. */
  delivery: number
}

/** Further back nobody waits any more, and nothing that is deployed by then is overtaken. */
const mostPushes = 20

/** The pushes of the same branch that arrived before the one that a build is of, the latest first. None for what a person asked for. */
export function listEarlierPushes(ledger: Ledger, { jobId }: { jobId: string }): Promise<ArrivedPush[]> {
  const own = alias(jobs, 'own')
  const commit = sql<string>`${jobs.request} #>> '{trigger,commit}'`
  const branchOf = (request: SQLWrapper) => sql`${request} #>> '{trigger,branch}'`
  const isSameBranch = and(eq(jobs.app, own.app), eq(branchOf(jobs.request), branchOf(own.request)))
  return query(ledger, (db) =>
    db
      .select({ commit, delivery: sql<number>`${jobs.deliverySeq}`.mapWith(Number) })
      .from(own)
      .innerJoin(jobs, and(isSameBranch, eq(jobs.kind, 'build'), lt(jobs.deliverySeq, own.deliverySeq)))
      .where(and(eq(own.id, jobId), isNotNull(commit)))
      .orderBy(desc(jobs.deliverySeq))
      .limit(mostPushes),
  )
}

/**
 * Gives a push that arrived late the place just before another, in whose history its commit is: what this job leads to is then deployed
 * before what that one led to, or not at all. Throws StaleFenceError.
 */
export function takePlaceBefore(
  ledger: Ledger,
  { delivery, ...message }: JobMessage & Pick<ArrivedPush, 'delivery'>,
): Promise<void> {
  return withFence(ledger, message, async (tx) => {
    await tx.db
      .update(jobs)
      .set({ deliverySeq: delivery - 1 })
      .where(eq(jobs.id, message.jobId))
  })
}
