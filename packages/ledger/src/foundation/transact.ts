import { traceCall } from '@stevedore/contract'
import type { PoolClient } from 'pg'
import { appendAudit, type NewAuditEntry } from './append-audit.ts'
import { currentDeadline, type Deadline, InDoubtError } from './deadline.ts'
import { DrizzleQueryError } from './drizzle.ts'
import { type Database, type Ledger, toDatabase } from './ledger.ts'
import { isLedgerAway } from './ledger-away.ts'
import { isOfOldPlan } from './name-statements.ts'

/** A transaction of the ledger. What it records for the audit trail is written last of all, just before the commit. */
export interface Transaction {
  db: Database
  record(entry: NewAuditEntry): void
}

/**
 * Runs short work as one transaction (READ COMMITTED). Whoever locks takes locks in this order, so that no two wait for each other:
 * idempotency key, app, vouched hosts, grants, schedules, environments (by app, then name), jobs (by seq), secrets, certificates, the audit chain. The last makes all writers take turns until
 * they have committed, hence it comes when nothing else is left to do.
 */
export function transact<T>(
  ledger: Ledger,
  work: (tx: Transaction) => Promise<T>,
  options: TransactOptions = {},
): Promise<T> {
  return traceCall({ system: 'postgresql', name: 'transaction' }, () => transactNow(ledger, work, options))
}

interface TransactOptions {
  /** For how long it may stand idle between two statements, instead of what the connection allows. */
  idleMs?: number
}

async function transactNow<T>(
  ledger: Ledger,
  work: (tx: Transaction) => Promise<T>,
  options: TransactOptions,
): Promise<T> {
  const client = await ledger.pool.connect()
  let broken = false
  try {
    return await commit(client, work, options)
  } catch (error) {
    const cause = unwrap(error)
    broken = isLedgerAway(cause) || (await rollBack(client)) || isOfOldPlan(cause)
    throw cause
  } finally {
    client.release(broken)
  }
}

async function commit<T>(
  client: PoolClient,
  work: (tx: Transaction) => Promise<T>,
  { idleMs }: TransactOptions,
): Promise<T> {
  const db = toDatabase(client)
  const trail: NewAuditEntry[] = []
  const deadline = currentDeadline()
  deadline?.check()
  const limit = idleMs === undefined ? '' : `; SET LOCAL idle_in_transaction_session_timeout = ${Math.round(idleMs)}`
  await client.query(`BEGIN${limit}`)
  const result = await work({ db, record: (entry) => void trail.push(entry) })
  if (trail.length > 0) await appendAudit(db, trail)
  // Between this and the commit nothing is awaited: who asks after it hears that it is on its way.
  deadline?.check()
  await keep(client, deadline)
  return result
}

/** A refusal says that nothing was kept; a connection that breaks says nothing. */
async function keep(client: PoolClient, deadline: Deadline | undefined): Promise<void> {
  deadline?.begin()
  let isKept = true
  try {
    await client.query('COMMIT')
  } catch (error) {
    isKept = isLedgerAway(error)
    throw isKept ? new InDoubtError(error) : error
  } finally {
    deadline?.end(isKept)
  }
}

/** @returns whether the connection is of no more use */
function rollBack(client: PoolClient): Promise<boolean> {
  return client.query('ROLLBACK').then(
    () => false,
    () => true,
  )
}

/** Runs one statement on its own. */
export async function query<T>(ledger: Ledger, work: (db: Database) => PromiseLike<T>): Promise<T> {
  try {
    return await traceCall({ system: 'postgresql', name: 'statement' }, async () => work(ledger.db))
  } catch (error) {
    throw unwrap(error)
  }
}

/** The driver's own error: drizzle's quotes every parameter, and those may be anything. */
function unwrap(error: unknown): unknown {
  return error instanceof DrizzleQueryError && error.cause ? error.cause : error
}
