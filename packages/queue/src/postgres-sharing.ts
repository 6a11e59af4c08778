import { type BackendFactory, PostgresConnection, type PostgresConnectionOptions, PostgresQueueBackend } from 'bullmq'

/** By itself BullMQ opens a pool and a LISTEN connection for each queue and each worker. */
export function shareConnection(
  connection: PostgresConnection,
): BackendFactory<PostgresQueueBackend, PostgresConnectionOptions> {
  return (name, options) => new SharingBackend(connection, name, options)
}

export class SharedConnection extends PostgresConnection {
  override async getListenClient() {
    return queryInTurn(await super.getListenClient())
  }
}

const taught = new WeakSet<object>()

/** Workers that share a client would call it while it is busy, which pg warns of and will refuse. */
function queryInTurn<C extends { query: (...args: never[]) => Promise<unknown> }>(client: C): C {
  if (taught.has(client)) return client
  taught.add(client)
  const query = client.query.bind(client)
  let last: Promise<unknown> = Promise.resolve()
  client.query = ((...args) => {
    const next = last.then(() => query(...args))
    last = next.catch(() => {})
    return next
  }) as C['query']
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
