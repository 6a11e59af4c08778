import {
  SchemaMigrationRequiredError,
  SchemaVersionMismatchError,
  UnsupportedPostgresVersionError,
  withBackend,
} from 'bullmq'
import { answerTimeoutMs, type Link, type LinkRole, reportErrors, workerOptions } from './link.ts'
import { SharedConnection, shareConnection } from './postgres-sharing.ts'
import { type OnError, TransportSetupError } from './transport-error.ts'

/** The schema of the queue's tables. */
export const transportSchema = 'stevedore_queue'

/** One connection for LISTEN and this many for queries, whatever the number of queues and workers. */
const poolSize: Record<LinkRole, number> = { publisher: 2, consumer: 4 }

/** Creates or upgrades the tables of the PostgreSQL transport; safe to repeat and to run at several places at once. */
export async function migrateTransport(url: string): Promise<void> {
  const connection = new SharedConnection({ connectionString: url, schema: transportSchema, max: 1, migrate: true })
  try {
    await connection.waitUntilReady()
  } finally {
    await connection.close()
  }
}

export function openPostgresLink(url: string, role: LinkRole, onError: OnError): Link {
  const connection = reportErrors(new SharedConnection(connectionOptions(url, role)), onError)
  const { Queue, Worker } = withBackend(shareConnection(connection))
  // BullMQ hands this to the factory alone, which has its connection already.
  const options = { connection: url }
  return {
    ready: () => connection.waitUntilReady().catch(explainSetup),
    openQueue: (name) => reportErrors(new Queue(name, options), onError),
    openWorker: (name, concurrency, process) =>
      reportErrors(new Worker(name, process, { ...options, concurrency, ...workerOptions }), onError),
    close: () => connection.close(),
  }
}

function connectionOptions(url: string, role: LinkRole) {
  return {
    connectionString: url,
    schema: transportSchema,
    max: poolSize[role],
    application_name: `stevedore ${role}`,
    connectionTimeoutMillis: answerTimeoutMs,
    query_timeout: role === 'publisher' ? answerTimeoutMs : 15_000,
    keepAlive: true,
  }
}

function explainSetup(error: unknown): never {
  if (error instanceof SchemaMigrationRequiredError)
    throw new TransportSetupError('The database lacks the tables of the queue: run `stevedore migrate`', {
      cause: error,
    })
  if (error instanceof SchemaVersionMismatchError || error instanceof UnsupportedPostgresVersionError)
    throw new TransportSetupError(error.message, { cause: error })
  throw error
}
