import cookie from '@fastify/cookie'
import Fastify, { type FastifyInstance, LogController } from 'fastify'
import type { ApiContext } from './context.ts'
import { addBodyReader } from './plugins/bodies.ts'
import { addConsole, consoleUrls } from './plugins/console.ts'
import { addCorrelation, chooseCorrelationId } from './plugins/correlation.ts'
import { addDocs, docsUrls } from './plugins/docs.ts'
import { addFrontDoor, frontDoorUrls } from './plugins/front-door.ts'
import { addGuards } from './plugins/guards.ts'
import { addProblems, refuseSocket } from './plugins/problems.ts'
import { addQueueBoard } from './plugins/queue-board.ts'
import { createRateLimits } from './plugins/rate-limits.ts'
import { addSessionPages, sessionRoutes } from './plugins/session-pages.ts'
import { addSignIn } from './plugins/sign-in.ts'
import { splitQuery } from './query.ts'
import type { AnyRoute } from './route.ts'
import { routeTable } from './route-table.ts'
import { runRoute } from './run-route.ts'

/** The HTTP server with every route and guard, not listening yet. */
export async function buildApp(context: ApiContext): Promise<FastifyInstance> {
  const app = createServer(context)
  const limits = await createRateLimits(app, context)
  addCorrelation(app, context)
  addGuards(app, context)
  await app.register(cookie)
  addSignIn(app, context, limits)
  const shown = [...docsUrls, ...frontDoorUrls, ...consoleUrls].map((url) => ({ method: 'GET' as const, url }))
  addProblems(app, [...routeTable, ...shown, ...sessionRoutes])
  for (const route of routeTable) await mount(app, context, route)
  addFrontDoor(app)
  addConsole(app)
  await addDocs(app, routeTable)
  await addSessionPages(app, context, limits)
  await addQueueBoard(app, context, limits)
  return app
}

/** A request's head has to arrive within this, however slowly it trickles. Bodies have a pace to keep instead: uploads are long. */
const headersTimeoutMs = 20_000

function createServer({ config, logger }: ApiContext): FastifyInstance {
  return Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'correlationId' }),
    genReqId: chooseCorrelationId,
    trustProxy: config.trustProxy.length > 0 ? [...config.trustProxy] : false,
    requestTimeout: 0,
    return503OnClosing: false,
    clientErrorHandler: refuseSocket,
    http: { maxHeaderSize: 32_768, headersTimeout: headersTimeoutMs, connectionsCheckingInterval: 5_000 },
    routerOptions: { maxParamLength: 256, querystringParser: splitQuery },
  }) as unknown as FastifyInstance
}

/** Each route in a scope of its own, since they differ in how they read a body. */
async function mount(app: FastifyInstance, context: ApiContext, route: AnyRoute): Promise<void> {
  await app.register(async (scope) => {
    addBodyReader(scope, route.bodyAs)
    scope.route({
      method: route.method,
      url: route.url,
      config: { route },
      exposeHeadRoute: !route.unhurried,
      handler: (request, reply) => runRoute(context, route, request, reply),
    })
  })
}
