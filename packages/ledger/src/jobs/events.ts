import { type JobEvent, type JobMessage, jobEvent, type NewEvent, readStored, shapeOf } from '@stevedore/contract'
import { and, asc, eq, gt } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { events } from '../foundation/schema/attempts.ts'
import { jobs } from '../foundation/schema/jobs.ts'
import { query, type Transaction } from '../foundation/transact.ts'
import { type FencedJob, withFence } from './fence.ts'

const storedEvent = shapeOf(jobEvent)

/** Tells watchers facts of a running attempt. Throws StaleFenceError. */
export function appendEvents(
  ledger: Ledger,
  { events, ...message }: JobMessage & { events: readonly NewEvent[] },
): Promise<void> {
  return withFence(ledger, message, (tx, job) => writeEvents(tx, job, events))
}

/**
 * Numbers go on from the locked row's last one: no gap, whoever else writes. Once per transaction. The insert wakes whoever watches the job: see
 * `channels.stevedore_job`.
 */
export async function writeEvents(tx: Transaction, job: FencedJob, added: readonly NewEvent[]): Promise<void> {
  if (added.length === 0) return
  await tx.db
    .update(jobs)
    .set({ eventSeq: job.eventSeq + added.length })
    .where(eq(jobs.id, job.id))
  await tx.db
    .insert(events)
    .values(added.map((event, index) => ({ jobId: job.id, seq: job.eventSeq + index + 1, ...event })))
}

/** In order, after the one numbered `after` (0 for all). */
export function listEvents(
  ledger: Ledger,
  { jobId, after, limit }: { jobId: string; after: number; limit: number },
): Promise<JobEvent[]> {
  return query(ledger, async (db) => {
    const rows = await db
      .select()
      .from(events)
      .where(and(eq(events.jobId, jobId), gt(events.seq, after)))
      .orderBy(asc(events.seq))
      .limit(limit)
    return rows.map(({ at, position: _position, ...row }) =>
      readStored('events.data', storedEvent, { ...row, at: at.toISOString() }),
    )
  })
}
