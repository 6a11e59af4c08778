import { type BackendFactory, PostgresConnection, type PostgresConnectionOptions, PostgresQueueBackend } from 'bullmq'
import { Client, type ClientConfig } from 'pg'

/** By itself BullMQ opens a pool and a LISTEN connection for each queue and each worker. */
export function shareConnection(
  connection: PostgresConnection,
): BackendFactory<PostgresQueueBackend, PostgresConnectionOptions> {
  return (name, options) => new SharingBackend(connection, name, options)
}

/**
 * A client of pg whose connection breaks says so to its query and emits the error as well, which ends the process when nobody listens.
 * BullMQ does not while it checks the tables, nor before it has been told that the client which listens is connected, nor from when it
 * begins to close: so each listens to itself, from its first moment on.
 */
class SurvivingClient extends Client {
  constructor(config?: ClientConfig) {
    super(config)
    this.on('error', ignore)
  }

  override removeAllListeners(...events: [string?]): this {
    return super.removeAllListeners(...events).on('error', ignore)
  }
}

function ignore(): void {}

export class SharedConnection extends PostgresConnection {
  constructor(options: Exclude<PostgresConnectionOptions, string>) {
    super({ ...options, Client: SurvivingClient })
    // The client that listens is made of BullMQ's own module, which it lets nobody choose; a test holds that this still reaches it.
    Object.assign(this, { pgModule: { Client: SurvivingClient } })
  }

  override async getListenClient() {
    return queryInTurn(await super.getListenClient())
  }
}

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
