import type { JobMessage } from '@stevedore/contract'
import { and, asc, desc, eq, gte, lte, sql } from 'drizzle-orm'
import { toStorableText } from '../foundation/json.ts'
import type { Database, Ledger } from '../foundation/ledger.ts'
import { jobs } from '../foundation/schema/jobs.ts'
import { logChunks } from '../foundation/schema/logs.ts'
import { query } from '../foundation/transact.ts'
import { withFence } from '../jobs/fence.ts'

/** What is kept of a job's output; the rest is dropped, and the log says so. */
export const LOG_LIMIT_BYTES = 16 * 2 ** 20

const limitNotice = `\n[the output is longer than ${LOG_LIMIT_BYTES / 2 ** 20} MiB; the rest is not kept]\n`

/** Adds output of a running attempt. The insert wakes whoever watches the job: see `channels.stevedore_job`. Throws StaleFenceError. */
export function appendLog(ledger: Ledger, { jobId, attempt, text }: JobMessage & { text: string }): Promise<void> {
  const storable = toStorableText(text)
  const size = Buffer.byteLength(storable)
  return withFence(ledger, { jobId, attempt }, async (tx, { logBytes: start }) => {
    const room = LOG_LIMIT_BYTES - start
    if (size === 0 || room < 0) return
    const kept = size <= room ? storable : cutBytes(Buffer.from(storable), room) + limitNotice
    await tx.db
      .update(jobs)
      .set({ logBytes: start + size })
      .where(eq(jobs.id, jobId))
    await tx.db.insert(logChunks).values({ jobId, start, text: kept })
  })
}

interface LogRange {
  jobId: string
  offset: number
  limitBytes: number
}

/** Output from a byte offset on; `nextOffset` equals `offset` when there is no more yet. Never splits a character. */
export function readLog(ledger: Ledger, range: LogRange): Promise<{ text: string; nextOffset: number }> {
  const { offset, limitBytes } = range
  return query(ledger, async (db) => {
    const chunks = await selectChunks(db, range)
    const first = chunks[0]
    if (!first) return { text: '', nextOffset: offset }
    const bytes = Buffer.concat(chunks.map((chunk) => Buffer.from(chunk.text)))
    const skipped = toCharacterStart(bytes, Math.max(0, offset - first.start))
    const rest = bytes.subarray(skipped)
    // One character at least: a reader with a tiny limit still gets on.
    const text = cutBytes(rest, limitBytes) || cutBytes(rest, toCharacterStart(rest, 1))
    return { text, nextOffset: first.start + skipped + Buffer.byteLength(text) }
  })
}

/** From the chunk that holds the offset, or the next one when older ones were pruned, as many as the limit may need. */
async function selectChunks(db: Database, { jobId, offset, limitBytes }: LogRange) {
  const { start, text } = logChunks
  const [holding] = await db
    .select({ start })
    .from(logChunks)
    .where(and(eq(logChunks.jobId, jobId), lte(start, offset)))
    .orderBy(desc(start))
    .limit(1)
  const isFrom = gte(start, holding?.start ?? offset)
  const isTo = lte(start, sql`${offset}::bigint + ${limitBytes}::bigint`)
  return db
    .select({ start, text })
    .from(logChunks)
    .where(and(eq(logChunks.jobId, jobId), isFrom, isTo))
    .orderBy(asc(start))
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
