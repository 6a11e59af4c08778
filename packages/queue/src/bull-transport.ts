import { createConsumer } from './consumer.ts'
import type { OpenLink } from './link.ts'
import { openPostgresLink } from './postgres-link.ts'
import { createPublisher } from './publisher.ts'
import { createQueueSet, type QueueSet } from './queue-set.ts'
import { openRedisLink } from './redis-link.ts'
import { type RedisState, readRedisState } from './redis-state.ts'
import type { Transport } from './transport.ts'

/** A transport whose queues the board can show. */
export interface BullTransport extends Transport {
  openQueues(): QueueSet
  /** How Redis is set up. Rejects on another backend, and where it does not answer. */
  readRedisState(): Promise<RedisState>
}

/** @param url `redis://…` or `rediss://…` */
export function createRedisTransport({ url }: { url: string }): BullTransport {
  return createTransport(
    'redis',
    (role, onError) => openRedisLink(url, role, onError),
    () => readRedisState(url),
  )
}

/** Needs `migrateTransport(url)` once. @param url `postgres://…` */
export function createPostgresTransport({ url }: { url: string }): BullTransport {
  return createTransport(
    'postgres',
    (role, onError) => openPostgresLink(url, role, onError),
    () => Promise.reject(new Error('there is no Redis')),
  )
}

function createTransport(
  name: Transport['name'],
  openLink: OpenLink,
  readRedisState: BullTransport['readRedisState'],
): BullTransport {
  return {
    ...{ name, readRedisState },
    openPublisher: () => createPublisher(createQueueSet(openLink)),
    openConsumer: (options) => createConsumer(openLink, options),
    openQueues: () => createQueueSet(openLink),
  }
}
