import { type JobEvent, type JobMessage, jobEvent, type NewEvent, readStored, shapeOf } from '@stevedore/contract'
import { and, asc, eq, gt } from 'drizzle-orm'
import { type FencedJob, withFence } from './fence.ts'
import type { Ledger } from './ledger.ts'
import { events } from './schema/events.ts'
import { jobs } from './schema/jobs.ts'
import { query, type Transaction } from './transact.ts'

const storedEvent = shapeOf(jobEvent)

/** Tells watchers facts of a running attempt. Throws StaleFenceError. */
export function appendEvents(ledger: Ledger, o: JobMessage & { events: NewEvent[] }): Promise<void> {
  return withFence(ledger, o, (tx, job) => writeEvents(tx, job, o.events))
}

/** Numbers go on from the locked row's last one: no gap, whoever else writes. Once per transaction. */
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
export function listEvents(ledger: Ledger, o: { jobId: string; after: number; limit: number }): Promise<JobEvent[]> {
  return query(ledger, async (db) => {
    const rows = await db
      .select()
      .from(events)
      .where(and(eq(events.jobId, o.jobId), gt(events.seq, o.after)))
      .orderBy(asc(events.seq))
      .limit(o.limit)
    return rows.map(({ at, ...row }) => readStored('events.data', storedEvent, { ...row, at: at.toISOString() }))
  })
}
