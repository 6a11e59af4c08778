import { type BackendFactory, PostgresConnection, type PostgresConnectionOptions, PostgresQueueBackend } from 'bullmq'

/** By itself BullMQ opens a pool and a LISTEN connection for each queue and each worker. */
export function shareConnection(
  connection: PostgresConnection,
): BackendFactory<PostgresQueueBackend, PostgresConnectionOptions> {
  return (name, options) => new SharingBackend(connection, name, options)
}

/**
 * A client of pg whose connection breaks says so to its query and emits the error as well, which ends the process when nobody listens:
 * BullMQ does not while it checks the tables, nor from when it begins to close.
 */
export class SharedConnection extends PostgresConnection {
  constructor(options: PostgresConnectionOptions) {
    super(options)
    this.pool.on('connect', surviveErrors)
  }

  override async getListenClient() {
    return surviveErrors(queryInTurn(await super.getListenClient()))
  }
}

/** Listens, and goes on listening when BullMQ takes all listeners away before it ends a client. */
function surviveErrors<C extends ListenClient>(client: C): C {
  if (surviving.has(client)) return client
  surviving.add(client)
  client.on('error', () => {})
  const removeAllListeners = client.removeAllListeners.bind(client)
  client.removeAllListeners = (...events) => removeAllListeners(...events).on('error', () => {})
  return client
}

const surviving = new WeakSet<ListenClient>()

type ListenClient = Awaited<ReturnType<PostgresConnection['getListenClient']>>

const inTurn = new WeakSet<ListenClient>()

/** Workers that share a client would call it while it is busy, which pg warns of and will refuse. */
function queryInTurn(client: ListenClient): ListenClient {
  if (inTurn.has(client)) return client
  inTurn.add(client)
  const query: ListenClient['query'] = client.query.bind(client)
  let last: Promise<unknown> = Promise.resolve()
  client.query = (text, values) => {
    const next = last.then(() => query(text, values))
    // The caller is told of a query's error; the one after it runs all the same.
    last = next.catch(() => {})
    return next
  }
  return client
}

class SharingBackend extends PostgresQueueBackend {
  /** The connection is the link's: other workers may still need it. */
  override async close(): Promise<void> {}

  /** BullMQ would let a worker that missed a notification sleep for an hour. */
  override get maximumBlockTimeout(): number {
    return 10
  }
}
