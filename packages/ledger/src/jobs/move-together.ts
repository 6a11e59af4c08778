import type { Pool } from 'pg'
import { type SQL, sql } from '../foundation/drizzle.ts'
import { gather } from '../foundation/gather.ts'
import { toStorableJson } from '../foundation/json.ts'
import type { Database, Ledger } from '../foundation/ledger.ts'
import { isLedgerAway } from '../foundation/ledger-away.ts'
import { query, transact } from '../foundation/transact.ts'
import type { StoredRow } from './stored-row.ts'

/** So many in one statement: it is to end long before the time that statements have. */
const mostAtOnce = 100

/** A statement that moves jobs which many ask for at once. */
export interface SharedMove<I, O> {
  /** What it is told of one. */
  write(item: I): object
  /**
   * @param asked a JSON array of these, each with its `place`
   * @returns the statement, which gives a row with that place for each that it has moved, and none for the rest
   */
  say(asked: SQL): SQL
  /** Of a row that it gives. One that cannot be read is not moved. */
  read(row: StoredRow): O
  /** Where every row can be read: the statement is its own transaction, a trip in place of three. */
  commitsAtOnce?: boolean
}

/**
 * Makes moves that are asked for while another is on its way share the next transaction. Rows that somebody has locked are to be passed by, so
 * that nobody waits for another's sake.
 * @returns asks for one; undefined where it was not moved and one has to look why, alone: it is elsewhere by now, its row is locked, or one of
 * them was refused
 */
export function shareMoves<I, O>(move: SharedMove<I, O>): (ledger: Ledger, item: I) => Promise<O | undefined> {
  const movers = new WeakMap<Pool, (item: I) => Promise<O | undefined>>()
  return (ledger, item) => {
    const mover = movers.get(ledger.pool) ?? gather((items: readonly I[]) => moveAll(ledger, move, items), mostAtOnce)
    movers.set(ledger.pool, mover)
    return mover(item)
  }
}

async function moveAll<I, O>(
  ledger: Ledger,
  { write, say, read, commitsAtOnce }: SharedMove<I, O>,
  items: readonly I[],
): Promise<(O | undefined)[]> {
  try {
    const asked = sql`${toStorableJson(items.map((item, place) => ({ ...write(item), place })))}::jsonb`
    const moveIn = async (db: Database) => {
      const { rows } = await db.execute(say(asked))
      return new Map(rows.map((row) => [row.place, read(row)]))
    }
    const moved = await (commitsAtOnce ? query(ledger, moveIn) : transact(ledger, ({ db }) => moveIn(db)))
    return items.map((_, place) => moved.get(place))
  } catch (error) {
    if (isLedgerAway(error)) throw error
    return items.map(() => undefined)
  }
}
