import { type JobEvent, type JobMessage, jobEvent, type NewEvent, readStored, shapeOf } from '@stevedore/contract'
import { and, asc, eq, gt, sql } from '../foundation/drizzle.ts'
import { toStorableJson } from '../foundation/json.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { prepareOnce } from '../foundation/prepare-once.ts'
import { events } from '../foundation/schema/attempts.ts'
import { jobs } from '../foundation/schema/jobs.ts'
import { query, type Transaction } from '../foundation/transact.ts'
import { type FencedJob, isFenced, sayFenced } from './fence.ts'

const storedEvent = shapeOf(jobEvent)

/** Tells watchers facts of a running attempt. Throws StaleFenceError. */
export async function appendEvents(
  ledger: Ledger,
  { events, ...message }: JobMessage & { events: readonly NewEvent[] },
): Promise<void> {
  const added = sql`${toStorableJson(events)}::jsonb`
  await sayFenced(
    ledger,
    message,
    sql`with moved as (
  update jobs set event_seq = event_seq + jsonb_array_length(${added}) where ${isFenced(message)} returning id, event_seq
), told as (
  insert into events (job_id, seq, type, data)
  select id, event_seq - jsonb_array_length(${added}) + place, event ->> 'type', event -> 'data'
  from moved, jsonb_array_elements(${added}) with ordinality as each(event, place) order by place
)
select id from moved`,
  )
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
  const rows = added.map(({ type, data }, index) => ({ jobId: job.id, seq: job.eventSeq + index + 1, type, data }))
  if (rows.length === 1) await insertOne(tx.db).execute(rows[0])
  else await tx.db.insert(events).values(rows)
}

const insertOne = prepareOnce((db) => {
  const [jobId, seq] = [sql.placeholder('jobId'), sql.placeholder('seq')]
  const values = { jobId, seq, type: sql.placeholder('type'), data: sql.placeholder('data') }
  return db.insert(events).values(values).prepare('event')
})

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
