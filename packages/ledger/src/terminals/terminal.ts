import { notify } from '../foundation/channels.ts'
import { fromNow, now } from '../foundation/clock.ts'
import { and, asc, eq, gt, inArray, lte, type SQL, sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { takeOnly } from '../foundation/rows.ts'
import { terminalPieces, terminals } from '../foundation/schema/terminals.ts'
import type { Sealer } from '../foundation/sealer.ts'
import { query, type Transaction, transact } from '../foundation/transact.ts'

/** A client that says nothing is gone after this long, and its command with it. */
export const terminalWantedMs = 15_000
/** What may wait for a worker, of what is typed or pasted. */
const mostInputBytes = 65_536
const pagePieces = 64

interface TerminalSize {
  columns: number
  rows: number
}

interface FromClient {
  jobId: string
  size?: TerminalSize | undefined
  /** A piece of input with its number, from 1 on. */
  input?: { seq: number; data: Buffer } | undefined
  /** The last piece of output that was shown. */
  seen?: number | undefined
}

/**
 * What a client says; that it says anything keeps its terminal. Input is taken once and in its order, and only while there is room.
 * @returns the number of the last piece of input that was taken
 */
export function writeTerminal(ledger: Ledger, { jobId, size, input, seen }: FromClient): Promise<number> {
  return transact(ledger, async (tx) => {
    const fresh = { columns: 80, rows: 24, ...size, taken: 0, wantedUntil: fromNow(terminalWantedMs) }
    const said = { ...size, wantedUntil: fromNow(terminalWantedMs) }
    const rows = await tx.db
      .insert(terminals)
      .values({ jobId, ...fresh })
      .onConflictDoUpdate({ target: terminals.jobId, set: said })
      .returning({ taken: terminals.taken })
    const { taken } = takeOnly(rows, 'a terminal')
    if (seen !== undefined)
      await tx.db.delete(terminalPieces).where(and(isOf(jobId, false), lte(terminalPieces.seq, seen)))
    const isNext = input?.seq === taken + 1 && (await countBytes(tx, isOf(jobId, true))) < mostInputBytes
    if (input && isNext) {
      await tx.db.insert(terminalPieces).values({ jobId, isInput: true, sealed: seal(ledger, jobId, input.data) })
      await tx.db.update(terminals).set({ taken: input.seq }).where(eq(terminals.jobId, jobId))
    }
    if (size || input || seen !== undefined) await tx.db.execute(notify('stevedore_terminal', jobId))
    return isNext ? input.seq : taken
  })
}

export interface TerminalPiece {
  seq: number
  data: Buffer
}

/** What is to be shown after a piece, and whether there is more to come. A terminal that was never opened has not ended. */
export function readTerminal(
  ledger: Ledger,
  { jobId, after }: { jobId: string; after: number },
): Promise<{ pieces: TerminalPiece[]; isEnded: boolean }> {
  return query(ledger, async (db) => {
    // Asked first: what was shown before the end is there by then.
    const [terminal] = await db.select().from(terminals).where(eq(terminals.jobId, jobId))
    const rows = await db
      .select()
      .from(terminalPieces)
      .where(and(isOf(jobId, false), gt(terminalPieces.seq, after)))
      .orderBy(asc(terminalPieces.seq))
      .limit(pagePieces)
    const pieces = rows.map(({ seq, sealed }) => ({ seq, data: open(ledger, jobId, sealed) }))
    return { pieces, isEnded: terminal?.endedAt != null && rows.length < pagePieces }
  })
}

export interface TerminalNews {
  /** Whether somebody sits there. */
  isWanted: boolean
  size: TerminalSize
  input: Buffer[]
}

/** What a worker is to know of a terminal, its input taken off; undefined where nobody has opened it. @param withInput false: leaves it */
export function takeTerminal(
  ledger: Ledger,
  { jobId, withInput }: { jobId: string; withInput: boolean },
): Promise<TerminalNews | undefined> {
  return transact(ledger, async (tx) => {
    const isWanted = sql<boolean>`${terminals.wantedUntil} > ${now}`
    const [terminal] = await tx.db
      .select({ columns: terminals.columns, rows: terminals.rows, isWanted })
      .from(terminals)
      .where(eq(terminals.jobId, jobId))
    if (!terminal) return undefined
    const { columns, rows, isWanted: wanted } = terminal
    const input = withInput ? await takeInput(ledger, tx, jobId) : []
    return { isWanted: wanted, size: { columns, rows }, input }
  })
}

async function takeInput(ledger: Ledger, tx: Transaction, jobId: string): Promise<Buffer[]> {
  const found = await tx.db
    .select()
    .from(terminalPieces)
    .where(isOf(jobId, true))
    .orderBy(asc(terminalPieces.seq))
    .limit(pagePieces)
  if (found.length === 0) return []
  const own = found.map(({ seq }) => seq)
  await tx.db.delete(terminalPieces).where(and(isOf(jobId, true), inArray(terminalPieces.seq, own)))
  return found.map(({ sealed }) => open(ledger, jobId, sealed))
}

/** Hands output to the client. @returns how many bytes it has not shown yet */
export function showTerminal(ledger: Ledger, { jobId, data }: { jobId: string; data: Buffer }): Promise<number> {
  return transact(ledger, async (tx) => {
    // The client goes by the last number that it saw: a piece that came to be seen behind a later one would be lost.
    await tx.db.select({ taken: terminals.taken }).from(terminals).where(eq(terminals.jobId, jobId)).for('update')
    await tx.db.insert(terminalPieces).values({ jobId, isInput: false, sealed: seal(ledger, jobId, data) })
    await tx.db.execute(notify('stevedore_terminal', jobId))
    return countBytes(tx, isOf(jobId, false))
  })
}

/** How many bytes of its output the client has not shown yet. */
export function countUnseen(ledger: Ledger, jobId: string): Promise<number> {
  return transact(ledger, (tx) => countBytes(tx, isOf(jobId, false)))
}

/** Nothing more will be shown; the rest is removed with the terminal, once nobody asks for it any more. */
export function endTerminal(ledger: Ledger, jobId: string): Promise<void> {
  return transact(ledger, async (tx) => {
    await tx.db.update(terminals).set({ endedAt: now }).where(eq(terminals.jobId, jobId))
    await tx.db.execute(notify('stevedore_terminal', jobId))
  })
}

function isOf(jobId: string, isInput: boolean): SQL | undefined {
  return and(eq(terminalPieces.jobId, jobId), eq(terminalPieces.isInput, isInput))
}

async function countBytes(tx: Transaction, which: SQL | undefined): Promise<number> {
  const total = sql<number>`coalesce(sum(octet_length(${terminalPieces.sealed})), 0)::int`
  const [row] = await tx.db.select({ total }).from(terminalPieces).where(which)
  return row?.total ?? 0
}

const identityOf = (jobId: string) => ({ name: `terminal ${jobId}`, app: '', environment: '' })

function seal({ sealer }: Ledger, jobId: string, data: Buffer): Buffer {
  return requireSealer(sealer).seal(identityOf(jobId), data.toString('base64'))
}

function open({ sealer }: Ledger, jobId: string, sealed: Buffer): Buffer {
  return Buffer.from(requireSealer(sealer).open(identityOf(jobId), sealed), 'base64')
}

function requireSealer(sealer: Sealer | undefined): Sealer {
  if (!sealer) throw new Error('a terminal takes a master key')
  return sealer
}
