import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { ApiContext } from '../context.ts'

declare module 'fastify' {
  interface FastifyReply {
    /** It lasts for as long as it is read. */
    isStream: boolean
  }
}

/** A caller's own id ties its logs to ours; one that could forge a log line is replaced. */
export function chooseCorrelationId(request: IncomingMessage): string {
  const own = request.headers['x-request-id']
  return typeof own === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(own) ? own : randomUUID()
}

/** One line and one measurement a request; a stream says by its length how long it was read, and nothing of the API. The query stays out of both: people put tokens there. */
export function addCorrelation(app: FastifyInstance, context: ApiContext): void {
  app.decorateReply('isStream', false)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'
    const seconds = reply.elapsedTime / 1_000
    if (!reply.isStream)
      context.metrics.responseTime.observe({ route, method: request.method, status: reply.statusCode }, seconds)
    request.log.info(
      {
        method: request.method,
        path: request.url.split('?', 1)[0],
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime),
        caller: request.caller?.name,
      },
      'answered',
    )
  })
}
