import { type Access, grants, operations, ProblemError } from '@stevedore/contract'
import type { Proof, TokenRecord } from '@stevedore/ledger'
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
    /** What it was let in by, to look again while a stream is open; null on public routes. */
    proof: Proof | null
  }
}

/** Lets in whom the route's access allows. Runs before a body is read. */
export function addSignIn(app: FastifyInstance, context: ApiContext, limits: RateLimits): void {
  app.decorateRequest('caller', null)
  app.decorateRequest('proof', null)
  app.addHook('onRequest', async (request) => {
    const access = request.routeOptions.config.route?.access
    if (access === undefined || typeof access === 'string') return limits.admit(request)
    await signIn(context, limits, request, access, readProof(request))
  })
}

/** Throws unauthenticated, rate-limited, forbidden or foreign-origin. */
export async function signIn(
  context: ApiContext,
  limits: RateLimits,
  request: FastifyRequest,
  access: Exclude<Access, string>,
  proof: Proof | undefined,
): Promise<void> {
  if (proof?.kind === 'session' && !isSafe(request)) requireOwnSite(request)
  const token = proof && (await findToken(context, request, proof))
  if (!token) {
    await limits.admitStranger(request)
    throw unauthenticated(proof ? faults[proof.kind] : 'Send a token as “Authorization: Bearer …”.')
  }
  request.caller = token
  request.proof = proof
  await limits.admit(request)
  if (!grants(token.role, access.right)) throw lacksRight(access.right)
  if (access.reach === 'server') requireServerReach(token)
}

const faults = { token: 'The token is not valid.', session: 'The session has ended: sign in again.' }

/** In turn with all others that ask the ledger, but for probes; one that is known is not asked after. Figures are told while the ledger is away, too: they say that it is. */
async function findToken(
  { tokens, turns, clients, scrapers }: ApiContext,
  request: FastifyRequest,
  proof: Proof,
): Promise<TokenRecord | undefined> {
  if (request.routeOptions.url === operations.metrics.url && proof.kind === 'token') return scrapers(proof.text)
  const find = () => tokens.find(proof)
  const token =
    tokens.recall(proof) ?? (await (isProbe(request) ? find() : turns.take(clients.nameOf(request, proof.text), find)))
  if (token) clients.remember(proof.text)
  return token
}

export const sessionCookie = 'stevedore_session'

/** The token of an Authorization header; a browser's session only where there is no such header. */
export function readProof({ headers, cookies }: FastifyRequest): Proof | undefined {
  const { authorization } = headers
  const kind = authorization === undefined ? 'session' : 'token'
  const text =
    authorization === undefined
      ? /^sts_[\w-]{43}$/.exec(cookies[sessionCookie] ?? '')?.[0]
      : /^Bearer +([\x21-\x7e]{1,500})$/i.exec(authorization)?.[1]
  return text === undefined ? undefined : { kind, text }
}

function isSafe({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}

/** A browser sends its cookie whoever made it do so: what changes something has to come from the own pages. Throws foreign-origin. */
export function requireOwnSite({ headers: { origin, 'sec-fetch-site': site } }: FastifyRequest): void {
  // An origin that is not the own one was refused before.
  if (site === 'same-origin' || origin !== undefined) return
  throw new ProblemError('foreign-origin', 'With a session this takes a request that comes from the own pages.')
}
