import { type JobKind, jobKinds } from '@stevedore/contract'
import { withDeadline } from './deadline.ts'
import { type AnyQueue, answerTimeoutMs, type Link, type OpenLink } from './link.ts'
import { queueName } from './message.ts'

export type Queues = Record<JobKind, AnyQueue>

/** The queues of all kinds on one connection, which is made when it is first needed. */
export interface QueueSet {
  /** Rejects within two seconds while the transport is away. */
  open(): Promise<Queues>
  close(): Promise<void>
}

export function createQueueSet(openLink: OpenLink): QueueSet {
  let opened: { link: Link; queues: Queues } | undefined
  let closed = false

  function connect() {
    // Callers are told by their own call's rejection.
    const link = openLink('publisher', () => {})
    return { link, queues: openAll(link) }
  }

  return {
    async open() {
      if (closed) throw new Error('the transport is closed')
      opened ??= connect()
      const current = opened
      try {
        await withDeadline(current.link.ready(), answerTimeoutMs, 'the transport')
        return current.queues
      } catch (error) {
        // BullMQ remembers a connection whose first try failed as failed for good: the next call makes a new one.
        if (opened === current) opened = undefined
        void closeAll(current)
        throw error
      }
    },
    async close() {
      closed = true
      if (opened) await closeAll(opened)
    },
  }
}

function openAll(link: Link): Queues {
  return Object.fromEntries(jobKinds.map((kind) => [kind, link.openQueue(queueName(kind))])) as Queues
}

/** Never rejects and never waits long: the link is cut whether or not the queues could say goodbye. */
async function closeAll({ link, queues }: { link: Link; queues: Queues }): Promise<void> {
  const goodbyes = Promise.all(Object.values(queues).map((queue) => queue.close()))
  await withDeadline(goodbyes, answerTimeoutMs, 'the transport').catch(() => {})
  await withDeadline(link.close(), answerTimeoutMs, 'the transport').catch(() => {})
}
