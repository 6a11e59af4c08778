import type { Pool, PoolClient } from 'pg'
import type { Channel } from './channels.ts'
import { connectionConfig, type OnStatement, openPool } from './connection.ts'
import { describeStatement } from './describe-statement.ts'
import { drizzle, type NodePgDatabase } from './drizzle.ts'
import { openListener } from './listener.ts'
import { openSealer, type Sealer } from './sealer.ts'

export type Database = NodePgDatabase<Record<string, never>>

export interface Ledger {
  db: Database
  /** @internal */
  pool: Pool
  /** @internal Of the database, with its password. */
  url: string
  /** @internal undefined without a master key */
  sealer: Sealer | undefined
  /**
   * Calls back for every notification of a channel, and with '' after each (re)connect, since some may have been missed. One connection, which
   * reconnects by itself, carries all channels. Never rejects while Postgres is away. Returns how to stop.
   */
  listen(channel: Channel, callback: (payload: string) => void): Promise<() => void>
  /** Whether that connection stands, as far as is known: else what was told may not have been heard. */
  isListening(): boolean
  /** Of the pool; the one that listens is not counted. */
  countConnections(): ConnectionCount
  close(): Promise<void>
}

export interface ConnectionCount {
  inUse: number
  idle: number
  /** Calls that wait for one, while all are in use. */
  waiting: number
  /** So many there may be. */
  most: number
}

interface LedgerOptions {
  url: string
  /** Seals secrets. */
  masterKey?: Buffer | undefined
  /** 10 by default. */
  maxConnections?: number
  /** Bounds every statement; 3 s by default. */
  statementTimeoutMs?: number
  /**
   * How long a call waits for one of the connections while all are busy; 4 s by default, less than the API takes for an answer: what
   * it refuses must not be kept later.
   */
  poolTimeoutMs?: number
  /** Hears of idle connections that broke. */
  onError?(error: Error): void
  /** Hears what each statement of the pool does, as `describeStatement` says it, and what it took. */
  onStatement?: OnStatement
}

/** Opens the ledger without touching it yet: the first connection is made when the first operation needs one. */
export function openLedger(options: LedgerOptions): Ledger {
  const { url, masterKey, maxConnections = 10, statementTimeoutMs = 3_000, poolTimeoutMs = 4_000, onError } = options
  const onStatement = options.onStatement && describeTo(options.onStatement)
  let isClosing = false
  // Connections that break while they are closed are no news.
  const tell = (error: Error) => void (isClosing || onError?.(error))
  const config = connectionConfig(url, statementTimeoutMs)
  const pool = openPool({ ...config, max: maxConnections, connectionTimeoutMillis: poolTimeoutMs, onStatement }, tell)
  const listener = openListener(config, tell)
  const close = async () => {
    isClosing = true
    await listener.close()
    await pool.end()
  }
  const { listen, isListening } = listener
  const sealer = masterKey && openSealer(masterKey)
  const countConnections = () => countOf(pool, maxConnections)
  return { db: toDatabase(pool), pool, url, sealer, listen, isListening, countConnections, close }
}

/** Here and not where the driver is: whoever has no need of it (the thread of the leases) does not load every table. */
function describeTo(tell: OnStatement): OnStatement {
  return (text, ms) => tell(describeStatement(text), ms)
}

function countOf({ totalCount, idleCount, waitingCount }: Pool, most: number): ConnectionCount {
  return { inUse: totalCount - idleCount, idle: idleCount, waiting: waitingCount, most }
}

const databases = new WeakMap<Pool | PoolClient, Database>()

/** One per connection for as long as it lasts: each works the columns' names out anew. */
export function toDatabase(client: Pool | PoolClient): Database {
  const known = databases.get(client)
  if (known) return known
  const made: Database = drizzle({ client, casing: 'snake_case' })
  databases.set(client, made)
  return made
}
