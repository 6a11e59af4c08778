import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { ApiContext } from '../context.ts'

/** A caller's own id ties its logs to ours; one that could forge a log line is replaced. */
export function chooseCorrelationId(request: IncomingMessage): string {
  const own = request.headers['x-request-id']
  return typeof own === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(own) ? own : randomUUID()
}

/** One line and one measurement a request. The query stays out of both: people put tokens there. */
export function addCorrelation(app: FastifyInstance, context: ApiContext): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'
    const seconds = reply.elapsedTime / 1_000
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
