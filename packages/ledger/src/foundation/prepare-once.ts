import type { Database } from './ledger.ts'

/**
 * What is said again and again is put together once for each connection, and not each time: drizzle takes longer for that than Postgres for the
 * answer. What differs from one time to the next is a placeholder.
 * @param build gives a statement by `.prepare(name)`; its name is that of no other statement
 */
export function prepareOnce<T>(build: (db: Database) => T): (db: Database) => T {
  const prepared = new WeakMap<Database, T>()
  return (db) => {
    const known = prepared.get(db) ?? build(db)
    prepared.set(db, known)
    return known
  }
}
