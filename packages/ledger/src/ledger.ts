import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { Pool, type PoolClient, type PoolConfig } from 'pg'
import { openSealer, type Sealer } from './access/sealer.ts'
import { type Channel, openListener } from './listener.ts'

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

const connectionTimeoutMs = 3_000

/**
 * Opens the ledger without touching it yet: the first connection is made when the first operation needs one.
 * @param o `masterKey` seals secrets; `statementTimeoutMs` bounds every statement (3 s); `onError` hears of idle connections that broke
 */
export function openLedger(o: {
  url: string
  masterKey?: Buffer | undefined
  maxConnections?: number
  statementTimeoutMs?: number
  onError?(error: Error): void
}): Ledger {
  let closing = false
  // pg hangs its whole client on the error, which would end up in a log; and connections that break while they are closed are no news.
  const onError = (error: Error & { client?: unknown }) => {
    delete error.client
    if (!closing) o.onError?.(error)
  }
  const config = connectionConfig(o.url, o.statementTimeoutMs ?? 3_000)
  const pool = new Pool({ ...config, max: o.maxConnections ?? 10 })
  pool.on('error', onError)
  // The pool hears only of connections that lie idle; one that breaks in use says so to its next query, and must not end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  const listener = openListener(config, onError)
  return {
    db: toDatabase(pool),
    pool,
    sealer: o.masterKey && openSealer(o.masterKey),
    listen: listener.listen,
    async close() {
      closing = true
      await listener.close()
      await pool.end()
    },
  }
}

/**
 * The server bounds statements; the client bounds the wait for an answer a little later, for a server that no longer gives any. A process
 * that is stopped inside a transaction must not hold the others up: the server ends its session.
 */
function connectionConfig(url: string, statementTimeoutMs: number): PoolConfig {
  return {
    connectionString: url,
    application_name: 'stevedore',
    connectionTimeoutMillis: connectionTimeoutMs,
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
