import { once } from 'node:events'
import { Queue, Worker } from 'bullmq'
import { Redis, type RedisOptions } from 'ioredis'
import { answerTimeoutMs, awaitAnswer, type Link, type LinkRole, reportErrors, workerOptions } from './link.ts'
import { type OnError, TransportSetupError } from './transport-error.ts'

/** The keyspace, so that one Redis can be shared. */
const prefix = 'stevedore'

export function openRedisLink(url: string, role: LinkRole, onError: OnError): Link {
  const client = reportErrors(new Redis(url, clientOptions[role]), onError)
  const copies = recordCopies(client)
  const shared = { connection: client, prefix }
  return {
    ready: createReadyCheck(client),
    openQueue: (name) => reportErrors(new Queue(name, shared), onError),
    openWorker: (name, concurrency, process) =>
      reportErrors(new Worker(name, process, { ...shared, concurrency, ...workerOptions }), onError),
    async close() {
      for (const each of [client, ...copies]) retire(each)
    },
  }
}

const bothRoles: RedisOptions = {
  connectTimeout: answerTimeoutMs,
  retryStrategy: (times) => Math.min(50 * 2 ** times, 2_000),
}

/**
 * Timeouts on the socket make a half-open connection fail. A consumer's must outlast the 10 s that BullMQ lets a worker's
 * connection block at most.
 */
const clientOptions: Record<LinkRole, RedisOptions> = {
  publisher: {
    ...bothRoles,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: answerTimeoutMs,
    socketTimeout: answerTimeoutMs,
  },
  consumer: { ...bothRoles, maxRetriesPerRequest: null, socketTimeout: 15_000 },
}

/** BullMQ gives each worker a copy of the client to block on. */
function recordCopies(client: Redis): Set<Redis> {
  const copies = new Set<Redis>()
  const duplicate = client.duplicate.bind(client)
  client.duplicate = (override) => {
    const copy = duplicate(override)
    copies.add(copy)
    return copy
  }
  return copies
}

/** A worker that was trying to reconnect would go on after it was closed, for as long as the process lives. */
function retire(client: Redis): void {
  client.connect = () => Promise.reject(new Error('the transport is closed'))
  client.disconnect()
}

/** Waits for the connection; how the server is set up is read once. */
function createReadyCheck(client: Redis): () => Promise<void> {
  let checked = false
  return async () => {
    if (client.status !== 'ready') await awaitAnswer(once(client, 'ready'), 'Redis')
    if (!checked) await checkEvictionPolicy(client)
    checked = true
  }
}

/** Under any other policy Redis drops queued messages when memory runs short. Read by INFO: CONFIG is often forbidden. */
async function checkEvictionPolicy(client: Redis): Promise<void> {
  const memory = await awaitAnswer(client.info('memory'), 'Redis')
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1]
  if (policy === undefined || policy === 'noeviction') return
  throw new TransportSetupError(
    `Redis runs with maxmemory-policy ${policy} and may drop queued work: set maxmemory-policy noeviction`,
  )
}
