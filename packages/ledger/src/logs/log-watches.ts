import { cutText } from '@stevedore/contract'
import { notify } from '../foundation/channels.ts'
import { fromNow, now } from '../foundation/clock.ts'
import { and, asc, eq, gt, inArray, isNull, lte } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { takeOnly } from '../foundation/rows.ts'
import { logWatches, watchedLines } from '../foundation/schema/logs.ts'
import { query, type Transaction, transact } from '../foundation/transact.ts'

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
  /** Of this process alone; null of all. */
  process: string | null
}

/** Asks for the output of what runs in an environment: some worker will serve it. */
export function openLogWatch(
  ledger: Ledger,
  { app, environment, follow, tailLines, process }: Omit<LogWatch, 'id'>,
): Promise<string> {
  return transact(ledger, async (tx) => {
    const made = await tx.db
      .insert(logWatches)
      .values({ app, environment, follow, tailLines, process, wantedUntil: fromNow(wantedForMs) })
      .returning({ id: logWatches.id })
    const { id } = takeOnly(made, 'a new log watch')
    await tx.db.execute(notify('stevedore_watch', id))
    return id
  })
}

/** Takes a watch that nobody serves: one of many workers gets it. */
export function takeLogWatch(ledger: Ledger, workerId: string): Promise<LogWatch | undefined> {
  const { id, app, environment, follow, tailLines, process } = logWatches
  return transact(ledger, async (tx) => {
    const open = tx.db
      .select({ id })
      .from(logWatches)
      .where(and(isNull(logWatches.takenBy), gt(logWatches.wantedUntil, now)))
      .limit(1)
      // Waits: the row may be locked for a moment by its own reader, who would be passed over each time.
      .for('update')
    const [taken] = await tx.db
      .update(logWatches)
      .set({ takenBy: workerId })
      .where(inArray(id, open))
      .returning({ id, app, environment, follow, tailLines, process })
    return taken
  })
}

/** Hands lines to the reader. @returns whether it still reads */
export function appendWatchedLines(
  ledger: Ledger,
  { id, lines }: { id: string; lines: readonly string[] },
): Promise<boolean> {
  return transact(ledger, async (tx) => {
    const [watch] = await tx.db
      .select({ id: logWatches.id })
      .from(logWatches)
      .where(and(eq(logWatches.id, id), gt(logWatches.wantedUntil, now)))
    if (!watch || lines.length === 0) return watch !== undefined
    await tx.db.insert(watchedLines).values(lines.map((line) => ({ watchId: id, line: keepShort(line) })))
    await tx.db.execute(notify('stevedore_watch', id))
    return true
  })
}

/** PostgreSQL keeps no NUL in a text. */
const keepShort = (line: string) => cutText(line, longestLine).replaceAll('\0', '')

/** @param failure for the reader */
export function endLogWatch(
  ledger: Ledger,
  { id, failure = null }: { id: string; failure?: string | null | undefined },
): Promise<void> {
  return transact(ledger, async (tx) => {
    await tx.db.update(logWatches).set({ endedAt: now, failure }).where(eq(logWatches.id, id))
    await tx.db.execute(notify('stevedore_watch', id))
  })
}

interface WatchedOutput {
  lines: string[]
  /** Whether a worker has begun. */
  isTaken: boolean
  isEnded: boolean
  failure: string | null
}

/** What came since the last call, taken off. Asking keeps the watch alive. */
export function readLogWatch(ledger: Ledger, id: string): Promise<WatchedOutput> {
  return transact(ledger, async (tx) => {
    const [watch] = await tx.db
      .update(logWatches)
      .set({ wantedUntil: fromNow(wantedForMs) })
      .where(eq(logWatches.id, id))
      .returning()
    const lines = await takeLines(tx, id)
    return {
      lines,
      isTaken: watch?.takenBy != null,
      isEnded: watch === undefined || (watch.endedAt !== null && lines.length < pageLines),
      failure: watch?.failure ?? null,
    }
  })
}

async function takeLines(tx: Transaction, watchId: string): Promise<string[]> {
  const isOwn = eq(watchedLines.watchId, watchId)
  const rows = await tx.db.select().from(watchedLines).where(isOwn).orderBy(asc(watchedLines.seq)).limit(pageLines)
  const last = rows.at(-1)
  if (last) await tx.db.delete(watchedLines).where(and(isOwn, lte(watchedLines.seq, last.seq)))
  return rows.map(({ line }) => line)
}

export function closeLogWatch(ledger: Ledger, id: string): Promise<void> {
  return query(ledger, async (db) => {
    await db.delete(logWatches).where(eq(logWatches.id, id))
  })
}
