import { Client, type ClientConfig, Pool, type PoolConfig } from 'pg'
import { nameStatement } from './name-statements.ts'

const connectTimeoutMs = 3_000

/** Hears of each statement that was answered or refused: its text, and how long it took. */
export type OnStatement = (text: string, ms: number) => void

type ObservedConfig = ClientConfig & { onStatement?: OnStatement | undefined }

/**
 * The pool's own time-out is for a place in it as well as for connecting, which must be told to fail sooner. The pool hears only of connections
 * that lie idle; one that breaks in use, or in the moment in which it is made, says so to its next query, and must not end the process.
 */
class PromptClient extends Client {
  constructor({ onStatement, ...config }: ObservedConfig = {}) {
    super({ ...config, connectionTimeoutMillis: connectTimeoutMs })
    this.on('error', () => {})
    // What drizzle says comes as an object, whose text has its values beside it; BEGIN and COMMIT come as plain text.
    const query = this.query.bind(this) as Query
    const named: Query = (statement, ...rest) =>
      query(isStatement(statement) ? nameStatement(statement) : statement, ...rest)
    this.query = (onStatement ? timed(named, onStatement) : named) as typeof this.query
  }
}

type Query = (statement: unknown, ...rest: unknown[]) => unknown

/** The pool asks with a callback, a transaction waits for a promise. */
function timed(query: Query, onStatement: OnStatement): Query {
  return (statement, ...rest) => {
    const text = isStatement(statement) ? statement.text : statement
    if (typeof text !== 'string') return query(statement, ...rest)
    const began = performance.now()
    const tell = () => onStatement(text, performance.now() - began)
    const callback = rest.at(-1)
    if (typeof callback === 'function') {
      const answered = (...answer: unknown[]) => {
        tell()
        callback(...answer)
      }
      return query(statement, ...rest.slice(0, -1), answered)
    }
    const answer = query(statement, ...rest)
    if (answer instanceof Promise) answer.then(tell, tell)
    return answer
  }
}

/** @param config.onStatement hears of what goes by this pool */
export function openPool(
  config: PoolConfig & { onStatement?: OnStatement | undefined },
  onError: (error: Error) => void,
): Pool {
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
export function connectionConfig(url: string, statementTimeoutMs: number): PoolConfig {
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

function isStatement(asked: unknown): asked is { text: string } {
  return typeof asked === 'object' && asked !== null && 'text' in asked && !('submit' in asked)
}
