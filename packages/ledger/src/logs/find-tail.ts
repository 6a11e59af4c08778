import { and, desc, eq, lt, sql } from '../foundation/drizzle.ts'
import type { Database, Ledger } from '../foundation/ledger.ts'
import { logChunks } from '../foundation/schema/logs.ts'
import { query } from '../foundation/transact.ts'

/** Read at a time, from the end: some megabytes at most, of which only the counts leave the database. */
const chunksAtOnce = 64

/** A place in a job's output. */
export interface LogPlace {
  /** In bytes. */
  offset: number
  /** How many lines are before it. */
  line: number
}

/** Where the last lines of a job's output begin; where there are fewer, where the first that is kept does. */
export async function findTail(ledger: Ledger, { jobId, lines }: { jobId: string; lines: number }): Promise<LogPlace> {
  let wanted: number | undefined
  let first = 0
  for (let before = Number.MAX_SAFE_INTEGER; ; before = first) {
    const chunks = await query(ledger, (db) => countBreaks(db, jobId, before))
    for (const { start, breaks, bytes, isBroken } of chunks) {
      // A break at the very end begins no line yet.
      wanted ??= lines + (isBroken && lines > 0 ? 1 : 0)
      if (wanted === 0) return { offset: start + bytes, line: (await countBefore(ledger, jobId, start)) + breaks }
      if (breaks >= wanted) {
        const before = await countBefore(ledger, jobId, start)
        const bytesBefore = await findBreak(ledger, { jobId, start, fromEnd: wanted })
        return { offset: start + bytesBefore, line: before + breaks - wanted + 1 }
      }
      wanted -= breaks
      first = start
    }
    if (chunks.length < chunksAtOnce) return { offset: first, line: 0 }
  }
}

const breaksOf = sql<number>`length(${logChunks.text}) - length(replace(${logChunks.text}, chr(10), ''))`

/** The line breaks of all chunks before one. */
async function countBefore(ledger: Ledger, jobId: string, start: number): Promise<number> {
  const [counted] = await query(ledger, (db) =>
    db
      .select({ breaks: sql<number>`coalesce(sum(${breaksOf}), 0)::float8` })
      .from(logChunks)
      .where(and(eq(logChunks.jobId, jobId), lt(logChunks.start, start))),
  )
  return counted?.breaks ?? 0
}

function countBreaks(db: Database, jobId: string, before: number) {
  const { start, text } = logChunks
  return db
    .select({
      start,
      breaks: breaksOf,
      bytes: sql<number>`octet_length(${text})`,
      isBroken: sql<boolean>`right(${text}, 1) = chr(10)`,
    })
    .from(logChunks)
    .where(and(eq(logChunks.jobId, jobId), lt(start, before)))
    .orderBy(desc(start))
    .limit(chunksAtOnce)
}

/** The bytes of a chunk up to and with one of its line breaks, counted from its end: 1 is the last. */
async function findBreak(
  ledger: Ledger,
  { jobId, start, fromEnd }: { jobId: string; start: number; fromEnd: number },
): Promise<number> {
  const [chunk] = await query(ledger, (db) =>
    db
      .select({ text: logChunks.text })
      .from(logChunks)
      .where(and(eq(logChunks.jobId, jobId), eq(logChunks.start, start))),
  )
  const lines = (chunk?.text ?? '').split('\n')
  return Buffer.byteLength(lines.slice(0, -fromEnd).join('\n')) + 1
}
