import type { Reach } from '@stevedore/contract'
import { notFound } from '@stevedore/contract'
import type { TokenRecord } from '@stevedore/ledger'
import { parseTraceparent, withSpan } from '@stevedore/telemetry'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ApiContext } from './context.ts'
import { answerInTime } from './deadline.ts'
import { parseInput, refuseTrickery } from './parse-input.ts'
import { parseQuery } from './query.ts'
import { finders } from './reach.ts'
import { inDoubt, unavailable } from './refusals.ts'
import type { AnyRoute, Subjects } from './route.ts'
import { readCallersTrace } from './trace.ts'
import { isProbe, type Turn } from './turns.ts'

/** A caller is told within this that the ledger does not answer, whatever hangs below. */
const answerTimeoutMs = 5_000

/** Checks a request part by part, finds what it is about, and lets the route answer. */
export async function runRoute(context: ApiContext, route: AnyRoute, request: FastifyRequest, reply: FastifyReply) {
  const answer = (turn: Turn) =>
    withRequestSpan(route, request, () => carryOut({ context, turn }, route, request, reply))
  const answered = route.unhurried ? await answer(noTurn) : await answerInTurn(context, request, answer)
  // A stream that its reader has left is neither answered nor to be answered.
  return answered === undefined && !reply.sent && !reply.raw.headersSent ? reply.send() : answered
}

const noTurn: Turn = { leave() {} }

/** What is asked every few seconds by machines, and about nothing, is in no trace. */
function withRequestSpan<T>(route: AnyRoute, request: FastifyRequest, answer: () => Promise<T>): Promise<T> {
  if (isProbe(request)) return answer()
  const attributes = { 'http.request.method': route.method, 'http.route': route.url, correlationId: request.id }
  // A stranger's could add to a trace of others, or keep the request out of all.
  const isKnown = request.caller !== undefined || route.access === 'signature'
  const parent = isKnown ? parseTraceparent(request.headers.traceparent) : undefined
  return withSpan(`${route.method} ${route.url}`, { kind: 'server', attributes, parent }, answer)
}

/** What takes long has bounds of its own, and probes are answered however many wait. */
function answerInTurn(
  { turns, clients }: ApiContext,
  request: FastifyRequest,
  answer: (turn: Turn) => Promise<unknown>,
): Promise<unknown> {
  const soon = (turn: Turn) => answerInTime(() => answer(turn), answerTimeoutMs, { late, inDoubt })
  if (isProbe(request)) return soon(noTurn)
  return turns.take(clients.nameOf(request, request.proof?.text), async (turn) => {
    // Nobody waits for it any more, and nothing was begun.
    if (request.raw.socket.destroyed) throw unavailable('The caller has left; nothing was kept.')
    return soon(turn)
  })
}

const late = () => unavailable('The ledger did not answer in time; nothing was kept.')

async function carryOut(
  { context, turn }: { context: ApiContext; turn: Turn },
  route: AnyRoute,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const params = parseParams(route, request.params)
  const query = parseQuery(route.query, request.query)
  const subject = await findSubject(context, route, request)
  const body = route.bodyAs ? request.body : parseInput(route.body, request.body)
  const token = request.caller ?? nobody
  const by = { actor: `token:${token.name}`, correlationId: request.id, traceparent: readCallersTrace(request) }
  return route.handle({ context, subject, params, query, body, token, by, request, reply, turn })
}

/** What cannot be an id or a number of anything names nothing, and is answered like one that is unknown. */
function parseParams(route: AnyRoute, params: unknown): unknown {
  const parsed = route.params?.safeParse(params)
  if (parsed?.error?.issues.some(({ path: [name] }) => name === 'id' || name === 'number')) throw notFound()
  refuseTrickery(params)
  return parseInput(route.params, params)
}

async function findSubject(context: ApiContext, route: AnyRoute, request: FastifyRequest): Promise<Subjects[Reach]> {
  if (typeof route.access === 'string' || !request.caller) return undefined
  const { right, reach } = route.access
  return finders[reach](context.ledger, request.caller, right, request.params as Record<string, string>)
}

const nobody: TokenRecord = {
  id: '',
  name: 'nobody',
  role: 'viewer',
  person: null,
  app: null,
  environment: null,
  createdAt: new Date(0),
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
}
