import { fastify } from 'fastify'
import { openQueue } from './queues.ts'

/** `node serve.ts PEER URL`: a queue behind HTTP, as a team would put it there. It prints its address. */
const [peer = '', url = ''] = process.argv.slice(2)
const queue = await openQueue[peer]!(url)
const app = fastify()
app.post('/v1/jobs', async (_request, reply) => {
  await queue.add({ at: Date.now() })
  return reply.code(202).send({ queued: true })
})
console.log(`listening on ${await app.listen({ host: '127.0.0.1', port: 0 })}`)
