import { jobKinds } from '@stevedore/contract'
import { createPostgresTransport, createRedisTransport, messageId } from '@stevedore/queue'

/** What the process tells its parent: the id of a message that it begins or that has ended; neither once it has started. */
export interface WorkerReport {
  begun?: string
  ended?: string
}

/** Run by tests as a process of its own: consumes all kinds. */
const [name, url = '', hold] = process.argv.slice(2)
const transport = name === 'redis' ? createRedisTransport({ url }) : createPostgresTransport({ url })
const report = (what: WorkerReport) => process.send?.(what)

const consumer = transport.openConsumer({
  kinds: jobKinds,
  concurrency: 4,
  onError: () => {},
  onSignal: ({ jobId, attempt }) => report({ ended: messageId(jobId, attempt) }),
  async handle({ jobId, attempt }) {
    report({ begun: messageId(jobId, attempt) })
    if (hold === 'hold') await new Promise(() => {})
  },
})
process.once('disconnect', () => process.exit(1))
process.once('message', async () => {
  await consumer.close()
  process.removeAllListeners('disconnect')
  process.disconnect()
})
report({})
