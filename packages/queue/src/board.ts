import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { FastifyAdapter } from '@bull-board/fastify'
import type { Queue } from 'bullmq'
import type { FastifyInstance } from 'fastify'
import type { BullTransport } from './bull-transport.ts'
import type { Queues } from './queue-set.ts'

/**
 * Shows the queues under `basePath`, to look at only: whatever is not a GET is refused with 405. While the transport is away
 * the board's data answers 503 within two seconds. Who may see it is for the caller to decide.
 */
export async function registerBoard(fastify: FastifyInstance, options: { transport: BullTransport; basePath: string }) {
  const queues = options.transport.openQueues()
  const adapter = new FastifyAdapter().setBasePath(options.basePath)
  const board = createBullBoard({
    queues: [],
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'Stevedore' } },
  })

  await fastify.register(
    async (scope) => {
      scope.addHook('onRequest', async (request) => {
        if (request.method !== 'GET' && request.method !== 'HEAD') throw refuse(405, 'The board is read-only')
        if (request.url.startsWith(`${options.basePath}/api/`)) board.setQueues(adaptQueues(await openQueues()))
      })
      await scope.register(adapter.registerPlugin())
    },
    { prefix: options.basePath },
  )
  fastify.addHook('onClose', () => queues.close())

  async function openQueues(): Promise<Queues> {
    try {
      return await queues.open()
    } catch (error) {
      throw refuse(503, 'The transport is away', error)
    }
  }
}

function adaptQueues(queues: Queues) {
  return Object.values(queues).map((queue) => new BullMQAdapter(queue as Queue, { readOnlyMode: true }))
}

function refuse(statusCode: number, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { statusCode })
}
