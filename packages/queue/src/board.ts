import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { FastifyAdapter } from '@bull-board/fastify'
import type { Queue } from 'bullmq'
import type { FastifyInstance } from 'fastify'
import type { BullTransport } from './bull-transport.ts'
import type { QueueSet, Queues } from './queue-set.ts'

interface BoardLink {
  text: string
  url: string
}

interface BoardOptions {
  transport: BullTransport
  basePath: string
  /** Beside those of the board, in its head. */
  links?: BoardLink[]
}

/**
 * Shows the queues under `basePath`, to look at only: whatever is not a GET is refused with 405. While the transport is away
 * the board's data answers 503 within two seconds. Who may see it is for the caller to decide.
 */
export async function registerBoard(
  fastify: FastifyInstance,
  { transport, basePath, links = [] }: BoardOptions,
): Promise<void> {
  const queues = transport.openQueues()
  const { board, pages } = createBoard(basePath, links)
  await fastify.register(
    async (scope) => {
      scope.addHook('onRequest', async ({ method, url }) => {
        if (method !== 'GET' && method !== 'HEAD') throw refuse(405, 'The board is read-only')
        if (url.startsWith(`${basePath}/api/`)) board.setQueues(adaptQueues(await openQueues(queues)))
      })
      scope.addHook('onSend', async (_request, _reply, payload) =>
        typeof payload === 'string'
          ? payload.replaceAll(link, (tag) => (/href="https?:/.test(tag) ? '' : tag))
          : payload,
      )
      await scope.register(pages)
    },
    { prefix: basePath },
  )
  fastify.addHook('onClose', () => queues.close())
}

/** The board's page asks another site for fonts; it has others to fall back on. */
const link = /<link [^<>]*>/g

/** One without queues, until the transport has answered. */
function createBoard(basePath: string, miscLinks: BoardLink[]) {
  const serverAdapter = new FastifyAdapter().setBasePath(basePath)
  const options = { uiConfig: { boardTitle: 'Stevedore', miscLinks, hideDocsLink: true } }
  return { board: createBullBoard({ queues: [], serverAdapter, options }), pages: serverAdapter.registerPlugin() }
}

async function openQueues(queues: QueueSet): Promise<Queues> {
  try {
    return await queues.open()
  } catch (error) {
    throw refuse(503, 'The transport is away', error)
  }
}

/** The board is typed for queues on Redis; what it reads of one is the same on PostgreSQL. */
function adaptQueues(queues: Queues): BullMQAdapter[] {
  return Object.values(queues).map((queue) => new BullMQAdapter(queue as Queue, { readOnlyMode: true }))
}

function refuse(statusCode: number, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { statusCode })
}
