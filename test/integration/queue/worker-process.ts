import { createPostgresTransport, createRedisTransport, messageId } from '@stevedore/queue'

/** Run by tests as a process of its own: consumes all kinds and tells its parent what it begins and ends. */
const [name, url = '', hold] = process.argv.slice(2)
const transport = name === 'redis' ? createRedisTransport({ url }) : createPostgresTransport({ url })

const consumer = transport.openConsumer({
  kinds: ['build', 'push', 'deploy', 'rollback'],
  concurrency: 4,
  onError: () => {},
  async handle({ jobId, attempt }) {
    process.send?.({ begun: messageId(jobId, attempt) })
    if (hold === 'hold') await new Promise(() => {})
    process.send?.({ handled: messageId(jobId, attempt) })
  },
})
process.once('disconnect', () => process.exit(1))
process.once('message', async () => {
  await consumer.close()
  process.removeAllListeners('disconnect')
  process.disconnect()
})
process.send?.({})
