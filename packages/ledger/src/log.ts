import type { JobMessage } from '@stevedore/contract'
import { and, asc, desc, eq, gte, lte, sql } from 'drizzle-orm'
import { toStorableText } from './canonical-json.ts'
import { withFence } from './fence.ts'
import type { Database, Ledger } from './ledger.ts'
import { jobs } from './schema/jobs.ts'
import { logChunks } from './schema/log-chunks.ts'
import { query } from './transact.ts'

/** What is kept of a job's output; the rest is dropped, and the log says so. */
export const LOG_LIMIT_BYTES = 16 * 2 ** 20

const limitNotice = `\n[the output is longer than ${LOG_LIMIT_BYTES / 2 ** 20} MiB; the rest is not kept]\n`

/** Adds output of a running attempt. Throws StaleFenceError. */
export function appendLog(ledger: Ledger, o: JobMessage & { text: string }): Promise<void> {
  const text = toStorableText(o.text)
  const size = Buffer.byteLength(text)
  return withFence(ledger, o, async (tx, job) => {
    const room = LOG_LIMIT_BYTES - job.logBytes
    if (size === 0 || room < 0) return
    const kept = size <= room ? text : cutBytes(Buffer.from(text), room) + limitNotice
    await tx.db
      .update(jobs)
      .set({ logBytes: job.logBytes + size })
      .where(eq(jobs.id, job.id))
    await tx.db.insert(logChunks).values({ jobId: job.id, start: job.logBytes, text: kept })
  })
}

/** Output from a byte offset on; `nextOffset` equals `offset` when there is no more yet. Never splits a character. */
export function readLog(
  ledger: Ledger,
  o: { jobId: string; offset: number; limitBytes: number },
): Promise<{ text: string; nextOffset: number }> {
  return query(ledger, async (db) => {
    const chunks = await selectChunks(db, o)
    const first = chunks[0]
    if (!first) return { text: '', nextOffset: o.offset }
    const bytes = Buffer.concat(chunks.map((chunk) => Buffer.from(chunk.text)))
    const skipped = toCharacterStart(bytes, Math.max(0, o.offset - first.start))
    const rest = bytes.subarray(skipped)
    // One character at least: a reader with a tiny limit still gets on.
    const text = cutBytes(rest, o.limitBytes) || cutBytes(rest, toCharacterStart(rest, 1))
    return { text, nextOffset: first.start + skipped + Buffer.byteLength(text) }
  })
}

/** From the chunk that holds the offset, or the next one when older ones were pruned, as many as the limit may need. */
async function selectChunks(db: Database, o: { jobId: string; offset: number; limitBytes: number }) {
  const [holding] = await db
    .select({ start: logChunks.start })
    .from(logChunks)
    .where(and(eq(logChunks.jobId, o.jobId), lte(logChunks.start, o.offset)))
    .orderBy(desc(logChunks.start))
    .limit(1)
  return db
    .select({ start: logChunks.start, text: logChunks.text })
    .from(logChunks)
    .where(
      and(
        eq(logChunks.jobId, o.jobId),
        gte(logChunks.start, holding?.start ?? o.offset),
        lte(logChunks.start, sql`${o.offset}::bigint + ${o.limitBytes}::bigint`),
      ),
    )
    .orderBy(asc(logChunks.start))
}

const isContinuation = (byte: number | undefined) => byte !== undefined && (byte & 0xc0) === 0x80

function toCharacterStart(bytes: Buffer, from: number): number {
  let start = from
  while (isContinuation(bytes[start])) start++
  return start
}

/** At most `limit` bytes, whole characters only. */
function cutBytes(bytes: Buffer, limit: number): string {
  let end = Math.min(limit, bytes.length)
  while (end > 0 && isContinuation(bytes[end])) end--
  return bytes.subarray(0, end).toString()
}
