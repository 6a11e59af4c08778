import { type Access, grants, operations } from '@stevedore/contract'
import type { TokenRecord } from '@stevedore/ledger'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ApiContext } from '../context.ts'
import { requireServerReach } from '../reach.ts'
import { lacksRight, unauthenticated } from '../refusals.ts'
import type { AnyRoute } from '../route.ts'
import { isProbe } from '../turns.ts'
import type { RateLimits } from './rate-limits.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    route?: AnyRoute
  }
  interface FastifyRequest {
    /** Who signed in; null on public routes. */
    caller: TokenRecord | null
    /** The token as it came, to look again while a stream is open. */
    bearer: string
  }
}

/** Lets in whom the route's access allows. Runs before a body is read. */
export function addSignIn(app: FastifyInstance, context: ApiContext, limits: RateLimits): void {
  app.decorateRequest('caller', null)
  app.decorateRequest('bearer', '')
  app.addHook('onRequest', async (request) => {
    const access = request.routeOptions.config.route?.access
    if (access === undefined || typeof access === 'string') return limits.admit(request)
    await signIn(context, limits, request, access, readBearer(request))
  })
}

/** Throws unauthenticated, rate-limited or forbidden. */
export async function signIn(
  context: ApiContext,
  limits: RateLimits,
  request: FastifyRequest,
  access: Exclude<Access, string>,
  bearer: string | undefined,
): Promise<void> {
  const token = bearer === undefined ? undefined : await findToken(context, request, bearer)
  if (!token || bearer === undefined) {
    await limits.admitStranger(request)
    throw unauthenticated(
      bearer === undefined ? 'Send a token as “Authorization: Bearer …”.' : 'The token is not valid.',
    )
  }
  request.caller = token
  request.bearer = bearer
  await limits.admit(request)
  if (!grants(token.role, access.right)) throw lacksRight(access.right)
  if (access.reach === 'server') requireServerReach(token)
}

/** In turn with all others that ask the ledger, but for probes; one that is known is not asked after. Figures are told while the ledger is away, too: they say that it is. */
async function findToken(
  { tokens, turns, clients, scrapers }: ApiContext,
  request: FastifyRequest,
  bearer: string,
): Promise<TokenRecord | undefined> {
  if (request.routeOptions.url === operations.metrics.url) return scrapers(bearer)
  const find = () => tokens.find(bearer)
  const token =
    tokens.recall(bearer) ?? (await (isProbe(request) ? find() : turns.take(clients.nameOf(request, bearer), find)))
  if (token) clients.remember(bearer)
  return token
}

/** The token of an Authorization header. */
export function readBearer(request: FastifyRequest): string | undefined {
  return /^Bearer +([\x21-\x7e]{1,500})$/i.exec(request.headers.authorization ?? '')?.[1]
}
