import { type JobKind, jobKinds } from '@stevedore/contract'
import { type AnyQueue, awaitAnswer } from './link.ts'
import { messageId, toBulkJob } from './message.ts'
import type { QueueSet } from './queue-set.ts'
import type { OutgoingMessage, Publisher, QueueDepth } from './transport.ts'

export function createPublisher(queues: QueueSet): Publisher {
  return {
    async publish(messages) {
      const open = await queues.open()
      const byKind = Map.groupBy(messages, (message) => message.kind)
      await Promise.all([...byKind].map(([kind, group]) => publishGroup(open[kind], group)))
    },
    async withdraw(kind, message) {
      const open = await queues.open()
      await open[kind].remove(messageId(message.jobId, message.attempt))
    },
    async depths() {
      const open = await queues.open()
      return Promise.all(jobKinds.map((kind) => readDepth(kind, open[kind])))
    },
    async ping() {
      const open = await queues.open()
      await awaitAnswer(open[jobKinds[0]].getJobCounts('active'))
    },
    close: () => queues.close(),
  }
}

/**
 * BullMQ ignores an id that it still knows, finished ones included. Those of repeats are cleared first: a message whose earlier copy
 * ended without a claim must be able to go out again.
 */
async function publishGroup(queue: AnyQueue, messages: OutgoingMessage[]): Promise<void> {
  const repeats = messages.filter(({ isRepeat }) => isRepeat)
  await Promise.all(repeats.map((message) => clearFinished(queue, messageId(message.jobId, message.attempt))))
  await queue.addBulk(messages.map(toBulkJob))
}

async function clearFinished(queue: AnyQueue, id: string): Promise<void> {
  const state = await queue.getJobState(id)
  if (state === 'completed' || state === 'failed') await queue.remove(id)
}

async function readDepth(kind: JobKind, queue: AnyQueue): Promise<QueueDepth> {
  const counts = await queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed')
  const count = (state: string) => counts[state] ?? 0
  return { kind, waiting: count('waiting') + count('prioritized'), active: count('active'), delayed: count('delayed') }
}
