import type { JobMessage } from '@stevedore/contract'
import { and, asc, eq, gte, lte, sql } from '../foundation/drizzle.ts'
import { toStorableText } from '../foundation/json.ts'
import type { Database, Ledger } from '../foundation/ledger.ts'
import { jobs } from '../foundation/schema/jobs.ts'
import { logChunks } from '../foundation/schema/logs.ts'
import { query } from '../foundation/transact.ts'
import { withFence } from '../jobs/fence.ts'

/** Rows are small, so that a reader of a piece reads little more than it; a write has many. */
const rowBytes = 65_536

interface AddedLog extends JobMessage {
  text: string
  /** What is kept of a job's output; by default all of it. */
  limitBytes?: number
  /** Where the text begins, for all that its writer knows: what is there from it on is an earlier try whose answer was lost. */
  from?: number | undefined
}

/**
 * Adds output of a running attempt. The write that comes to the limit says so in the log. Inserts wake whoever watches the job: see
 * `channels.stevedore_job`. Throws StaleFenceError.
 * @returns how long the log is then, and what of the text is past the limit
 */
export function appendLog(
  ledger: Ledger,
  { jobId, attempt, text, limitBytes, from }: AddedLog,
): Promise<{ end: number; rest: string }> {
  return withFence(ledger, { jobId, attempt }, async (tx, { logBytes }) => {
    // Where less is there than its writer was told, as after a failover that lost some, it goes on from what is there.
    const start = Math.min(from ?? logBytes, logBytes)
    const { kept, rest } = cutAtLimit(toStorableText(text), { start, limitBytes })
    const rows = cutRows(kept.subarray(logBytes - start), logBytes)
    const end = start + kept.length
    if (rows.length === 0) return { end, rest }
    await tx.db.update(jobs).set({ logBytes: end }).where(eq(jobs.id, jobId))
    await tx.db.insert(logChunks).values(rows.map((row) => ({ jobId, ...row })))
    return { end, rest }
  })
}

function cutAtLimit(
  text: string,
  { start, limitBytes = Number.POSITIVE_INFINITY }: { start: number; limitBytes?: number | undefined },
) {
  const bytes = Buffer.from(text)
  const room = limitBytes - start
  if (bytes.length <= room) return { kept: bytes, rest: '' }
  // Past the limit by the notice, it is said already.
  if (room < 0) return { kept: Buffer.alloc(0), rest: text }
  const cut = toCharacterEnd(bytes, room)
  const kept = Buffer.concat([bytes.subarray(0, cut), Buffer.from(describeLimit(limitBytes))])
  return { kept, rest: bytes.subarray(cut).toString() }
}

const describeLimit = (limitBytes: number) =>
  `\n[the output is longer than ${Math.round((limitBytes / 2 ** 20) * 10) / 10} MiB (MAX_LOG_BYTES): what comes here is not kept, but for the last lines of each attempt]\n`

function cutRows(bytes: Buffer, first: number): { start: number; text: string }[] {
  const rows: { start: number; text: string }[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = toCharacterEnd(bytes, at + rowBytes)
    rows.push({ start: first + at, text: bytes.subarray(at, end).toString() })
    at = end
  }
  return rows
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
  const holding = sql`(select max(start) from log_chunks where job_id = ${jobId} and start <= ${offset}::bigint)`
  const isFrom = gte(start, sql`coalesce(${holding}, ${offset}::bigint)`)
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
const cutBytes = (bytes: Buffer, limit: number) => bytes.subarray(0, toCharacterEnd(bytes, limit)).toString()

/** The last end of a character up to a place. */
function toCharacterEnd(bytes: Buffer, limit: number): number {
  let end = Math.min(limit, bytes.length)
  while (end > 0 && isContinuation(bytes[end])) end--
  return end
}
