import { once } from 'node:events'
import { Queue, Worker } from 'bullmq'
import { Redis, type RedisOptions } from 'ioredis'
import { withDeadline } from './deadline.ts'
import { answerTimeoutMs, type Link, type LinkRole, workerOptions } from './link.ts'
import { type OnError, TransportSetupError } from './transport-error.ts'

/** The keyspace, so that one Redis can be shared. */
const prefix = 'stevedore'

export function openRedisLink(url: string, role: LinkRole, onError: OnError): Link {
  const client = new Redis(url, clientOptions[role])
  client.on('error', onError)
  const copies = recordCopies(client)
  let checked = false

  async function ready(): Promise<void> {
    if (client.status !== 'ready') await withDeadline(once(client, 'ready'), answerTimeoutMs, 'Redis')
    if (!checked) await checkEvictionPolicy(client)
    checked = true
  }

  return {
    ready,
    openQueue(name) {
      const queue = new Queue(name, { connection: client, prefix })
      queue.on('error', onError)
      return queue
    },
    openWorker(name, concurrency, process) {
      const worker = new Worker(name, process, { connection: client, prefix, concurrency, ...workerOptions })
      worker.on('error', onError)
      return worker
    },
    async close() {
      for (const each of [client, ...copies]) retire(each)
    },
  }
}

const shared: RedisOptions = {
  connectTimeout: answerTimeoutMs,
  retryStrategy: (times) => Math.min(50 * 2 ** times, 2_000),
}

/**
 * Timeouts on the socket make a half-open connection fail. A consumer's must outlast the 10 s that BullMQ lets a worker's
 * connection block at most.
 */
const clientOptions: Record<LinkRole, RedisOptions> = {
  publisher: {
    ...shared,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: answerTimeoutMs,
    socketTimeout: answerTimeoutMs,
  },
  consumer: { ...shared, maxRetriesPerRequest: null, socketTimeout: 15_000 },
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

/** Under any other policy Redis drops queued messages when memory runs short. Read by INFO: CONFIG is often forbidden. */
async function checkEvictionPolicy(client: Redis): Promise<void> {
  const memory = await withDeadline(client.info('memory'), answerTimeoutMs, 'Redis')
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1]
  if (policy === undefined || policy === 'noeviction') return
  throw new TransportSetupError(
    `Redis runs with maxmemory-policy ${policy} and may drop queued work: set maxmemory-policy noeviction`,
  )
}
