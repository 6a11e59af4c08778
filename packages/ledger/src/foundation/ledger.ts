import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { Client, type ClientConfig, Pool, type PoolClient, type PoolConfig } from 'pg'
import type { Channel } from './channels.ts'
import { openListener } from './listener.ts'
import { openSealer, type Sealer } from './sealer.ts'

export type Database = NodePgDatabase<Record<string, never>>

export interface Ledger {
  db: Database
  /** @internal */
  pool: Pool
  /** @internal undefined without a master key */
  sealer: Sealer | undefined
  /**
   * Calls back for every notification of a channel, and with '' after each (re)connect, since some may have been missed. One connection, which
   * reconnects by itself, carries all channels. Never rejects while Postgres is away. Returns how to stop.
   */
  listen(channel: Channel, callback: (payload: string) => void): Promise<() => void>
  close(): Promise<void>
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
}

const connectTimeoutMs = 3_000

/** Opens the ledger without touching it yet: the first connection is made when the first operation needs one. */
export function openLedger(options: LedgerOptions): Ledger {
  const { url, masterKey, maxConnections = 10, statementTimeoutMs = 3_000, poolTimeoutMs = 4_000, onError } = options
  let isClosing = false
  // Connections that break while they are closed are no news.
  const tell = (error: Error) => void (isClosing || onError?.(error))
  const config = connectionConfig(url, statementTimeoutMs)
  const pool = openPool({ ...config, max: maxConnections, connectionTimeoutMillis: poolTimeoutMs }, tell)
  const listener = openListener(config, tell)
  const close = async () => {
    isClosing = true
    await listener.close()
    await pool.end()
  }
  return { db: toDatabase(pool), pool, sealer: masterKey && openSealer(masterKey), listen: listener.listen, close }
}

/**
 * The pool's own time-out is for a place in it as well as for connecting, which must be told to fail sooner. The pool hears only of connections
 * that lie idle; one that breaks in use, or in the moment in which it is made, says so to its next query, and must not end the process.
 */
class PromptClient extends Client {
  constructor(config?: ClientConfig) {
    super({ ...config, connectionTimeoutMillis: connectTimeoutMs })
    this.on('error', () => {})
  }
}

function openPool(config: PoolConfig, onError: (error: Error) => void): Pool {
  const pool = new Pool({ ...config, Client: PromptClient })
  pool.on('error', (error: Error & { client?: unknown }) => {
    // pg hangs its whole client on the error, which would end up in a log.
    delete error.client
    onError(error)
  })
  return pool
}

/**
 * The server bounds statements; the client bounds the wait for an answer a little later, for a server that no longer gives any. A process
 * that is stopped inside a transaction must not hold the others up: the server ends its session.
 */
function connectionConfig(url: string, statementTimeoutMs: number): PoolConfig {
  return {
    connectionString: url,
    application_name: 'stevedore',
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + 500,
    keepAlive: true,
  }
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
