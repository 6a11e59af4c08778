import { and, desc, eq, lt, sql } from 'drizzle-orm'
import type { Database, Ledger } from '../foundation/ledger.ts'
import { logChunks } from '../foundation/schema/logs.ts'
import { query } from '../foundation/transact.ts'

/** Read at a time, from the end: some megabytes at most, of which only the counts leave the database. */
const chunksAtOnce = 64

/** The byte offset at which the last lines of a job's output begin; where there are fewer, that of the first that is kept. */
export async function findTail(ledger: Ledger, { jobId, lines }: { jobId: string; lines: number }): Promise<number> {
  let wanted: number | undefined
  let first = 0
  for (let before = Number.MAX_SAFE_INTEGER; ; before = first) {
    const chunks = await query(ledger, (db) => countBreaks(db, jobId, before))
    for (const { start, breaks, bytes, isBroken } of chunks) {
      // A break at the very end begins no line yet.
      wanted ??= lines + (isBroken && lines > 0 ? 1 : 0)
      if (wanted === 0) return start + bytes
      if (breaks >= wanted) return start + (await findBreak(ledger, { jobId, start, fromEnd: wanted }))
      wanted -= breaks
      first = start
    }
    if (chunks.length < chunksAtOnce) return first
  }
}

function countBreaks(db: Database, jobId: string, before: number) {
  const { start, text } = logChunks
  return db
    .select({
      start,
      breaks: sql<number>`length(${text}) - length(replace(${text}, chr(10), ''))`,
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
