import type { JobKind } from '@stevedore/contract'
import { type AnyQueue, awaitAnswer, type Link, type OpenLink } from './link.ts'
import { queueName } from './message.ts'

export type Queues = Record<JobKind, AnyQueue>

/** The queues of all kinds on one connection, which is made when it is first needed. */
export interface QueueSet {
  /** Rejects within two seconds while the transport is away. */
  open(): Promise<Queues>
  close(): Promise<void>
}

interface Connected {
  link: Link
  queues: Queues
}

export function createQueueSet(openLink: OpenLink): QueueSet {
  let current: Connected | undefined
  let closed = false
  return {
    async open() {
      if (closed) throw new Error('the transport is closed')
      current ??= connect(openLink)
      const tried = current
      try {
        await awaitAnswer(tried.link.ready())
        return tried.queues
      } catch (error) {
        // BullMQ remembers a connection whose first try failed as failed for good: the next call makes a new one.
        if (current === tried) current = undefined
        void disconnect(tried)
        throw error
      }
    },
    async close() {
      closed = true
      if (current) await disconnect(current)
    },
  }
}

function connect(openLink: OpenLink): Connected {
  // A caller is told by the rejection of its own call.
  const link = openLink('publisher', () => {})
  const openQueue = (kind: JobKind) => link.openQueue(queueName(kind))
  const queues = {
    build: openQueue('build'),
    push: openQueue('push'),
    deploy: openQueue('deploy'),
    rollback: openQueue('rollback'),
    run: openQueue('run'),
  }
  return { link, queues }
}

/** Never rejects and never waits long. */
async function disconnect({ link, queues }: Connected): Promise<void> {
  const closed = Promise.all(Object.values(queues).map((queue) => queue.close()))
  // Queues of a transport that is away cannot close in order: the connection is cut all the same.
  await awaitAnswer(closed).catch(() => {})
  // Nothing is left to be done for a connection that cannot be cut: nobody uses it any more.
  await awaitAnswer(link.close()).catch(() => {})
}
