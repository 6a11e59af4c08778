import { and, asc, eq, gt, inArray, isNull, sql } from 'drizzle-orm'
import type { Ledger } from './ledger.ts'
import { logWatches } from './schema/log-watches.ts'
import { watchedLines } from './schema/watched-lines.ts'
import { fromNow, now } from './time.ts'
import { query, transact } from './transact.ts'

/** A reader that stops asking is gone after this long, and its watch with it. */
const wantedForMs = 15_000
const pageLines = 1_000
/** A line past this is cut. */
const longestLine = 16_384

export interface LogWatch {
  id: string
  app: string
  environment: string
  follow: boolean
  tailLines: number
}

/** Asks for the output of what runs in an environment: some worker will serve it. */
export function openLogWatch(ledger: Ledger, o: Omit<LogWatch, 'id'>): Promise<string> {
  return transact(ledger, async (tx) => {
    const [watch] = await tx.db
      .insert(logWatches)
      .values({ ...o, wantedUntil: fromNow(wantedForMs) })
      .returning({ id: logWatches.id })
    const { id } = watch as { id: string }
    await tx.db.execute(ring(id))
    return id
  })
}

/** Takes a watch that nobody serves; of many workers one gets it. */
export function takeLogWatch(ledger: Ledger, workerId: string): Promise<LogWatch | undefined> {
  return transact(ledger, async (tx) => {
    const open = tx.db
      .select({ id: logWatches.id })
      .from(logWatches)
      .where(and(isNull(logWatches.takenBy), gt(logWatches.wantedUntil, now)))
      .limit(1)
      // Waits: the row may be locked for a moment by its own reader, who would be passed over each time.
      .for('update')
    const [taken] = await tx.db
      .update(logWatches)
      .set({ takenBy: workerId })
      .where(inArray(logWatches.id, open))
      .returning()
    if (!taken) return undefined
    const { id, app, environment, follow, tailLines } = taken
    return { id, app, environment, follow, tailLines }
  })
}

/** Hands lines to the reader. @returns whether it still reads */
export function appendWatchedLines(ledger: Ledger, o: { id: string; lines: readonly string[] }): Promise<boolean> {
  return transact(ledger, async (tx) => {
    const [watch] = await tx.db
      .select({ id: logWatches.id })
      .from(logWatches)
      .where(and(eq(logWatches.id, o.id), gt(logWatches.wantedUntil, now)))
    if (!watch || o.lines.length === 0) return watch !== undefined
    await tx.db.insert(watchedLines).values(o.lines.map((line) => ({ watchId: o.id, line: keepShort(line) })))
    await tx.db.execute(ring(o.id))
    return true
  })
}

/** PostgreSQL keeps no NUL in a text. */
const keepShort = (line: string) => line.slice(0, longestLine).replaceAll('\0', '')

/** @param o `failure` is for the reader */
export function endLogWatch(ledger: Ledger, o: { id: string; failure?: string | undefined }): Promise<void> {
  return transact(ledger, async (tx) => {
    await tx.db
      .update(logWatches)
      .set({ endedAt: now, failure: o.failure ?? null })
      .where(eq(logWatches.id, o.id))
    await tx.db.execute(ring(o.id))
  })
}

/** What came since `after`, taken off; `isTaken` tells whether a worker has begun. Asking keeps the watch alive. */
export function readLogWatch(
  ledger: Ledger,
  id: string,
): Promise<{ lines: string[]; isTaken: boolean; isEnded: boolean; failure: string | null }> {
  return transact(ledger, async (tx) => {
    const [watch] = await tx.db
      .update(logWatches)
      .set({ wantedUntil: fromNow(wantedForMs) })
      .where(eq(logWatches.id, id))
      .returning()
    const rows = await tx.db
      .select()
      .from(watchedLines)
      .where(eq(watchedLines.watchId, id))
      .orderBy(asc(watchedLines.seq))
      .limit(pageLines)
    const last = rows.at(-1)
    if (last)
      await tx.db.delete(watchedLines).where(and(eq(watchedLines.watchId, id), sql`${watchedLines.seq} <= ${last.seq}`))
    const isEnded = watch === undefined || (watch.endedAt !== null && rows.length < pageLines)
    return {
      lines: rows.map(({ line }) => line),
      isTaken: watch?.takenBy != null,
      isEnded,
      failure: watch?.failure ?? null,
    }
  })
}

export function closeLogWatch(ledger: Ledger, id: string): Promise<void> {
  return query(ledger, async (db) => {
    await db.delete(logWatches).where(eq(logWatches.id, id))
  })
}

const ring = (id: string) => sql`select pg_notify('stevedore_watch', ${id})`
