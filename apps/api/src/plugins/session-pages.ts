import { beginSession, endSession } from '@stevedore/ledger'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ApiContext } from '../context.ts'
import { pagePolicy } from '../pages/html-page.ts'
import { chooseOwnPath } from '../pages/own-path.ts'
import { renderSignInPage, renderSignOutPage } from '../pages/sign-in-page.ts'
import { answerProblem, sendProblem } from '../problem-reply.ts'
import type { RateLimits } from './rate-limits.ts'
import { readProof, requireOwnSite, sessionCookie, signIn } from './sign-in.ts'

const signInPath = '/sign-in'
export const signOutPath = '/sign-out'
/** What a session leads to; the first where nothing else was wanted. */
const pages = ['/console', '/queues', '/docs'] as const
const formLimitBytes = 4_096

/** What is served here, for whoever asks which methods an address takes. */
export const sessionRoutes = [signInPath, signOutPath].flatMap((url) => [
  { method: 'GET' as const, url },
  { method: 'POST' as const, url },
])

/** The form that begins a session for the whole site, and the one that ends it. A browser keeps its id in a cookie, and never the token. */
export async function addSessionPages(app: FastifyInstance, context: ApiContext, limits: RateLimits): Promise<void> {
  await app.register(async (scope) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: formLimitBytes },
      async (_: unknown, text: unknown) => new URLSearchParams(String(text)),
    )
    scope.get<{ Querystring: { to?: unknown } }>(signInPath, async ({ query: { to } }, reply) =>
      sendPage(reply, renderSignInPage({ action: signInPath, to: choosePage(typeof to === 'string' ? to : null) })),
    )
    scope.get(signOutPath, async (_request, reply) => sendPage(reply, renderSignOutPage(signOutPath, pages[0])))
    scope.get('/queues/sign-in', async (_request, reply) => reply.redirect(`${signInPath}?to=/queues`, 301))
    scope.post(signInPath, (request, reply) => begin(context, limits, request, reply))
    scope.post(signOutPath, (request, reply) => end(context, request, reply))
  })
}

async function begin(context: ApiContext, limits: RateLimits, request: FastifyRequest, reply: FastifyReply) {
  const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
  const to = choosePage(form.get('to'))
  const text = form.get('token')?.trim()
  try {
    await signIn(context, limits, request, anyReader, text ? { kind: 'token', text } : undefined)
    const tokenId = request.caller?.id ?? ''
    const id = await inTurn(context, request, () => beginSession(context.ledger, { tokenId }))
    await endOwn(context, request)
    return reply.setCookie(sessionCookie, id, describeCookie(request)).redirect(to, 303)
  } catch (error) {
    return askAgain(request, reply, error, to)
  }
}

const anyReader = { right: 'read', reach: 'scoped' } as const

async function end(context: ApiContext, request: FastifyRequest, reply: FastifyReply) {
  requireOwnSite(request)
  await endOwn(context, request)
  return reply.clearCookie(sessionCookie, describeCookie(request)).redirect(signInPath, 303)
}

/** The session that the browser has brought, if any. */
async function endOwn(context: ApiContext, request: FastifyRequest): Promise<void> {
  const proof = readProof(request)
  if (proof?.kind !== 'session') return
  await inTurn(context, request, () => endSession(context.ledger, proof.text))
  context.tokens.forget()
}

function inTurn<T>({ turns, clients }: ApiContext, request: FastifyRequest, work: () => Promise<T>): Promise<T> {
  return turns.take(clients.nameOf(request, request.proof?.text), work)
}

/** Strict: no other site can make a browser send it along. */
function describeCookie({ headers, protocol }: FastifyRequest) {
  // Behind a proxy that ends TLS and is not believed, the browser still says what it speaks.
  const secure = protocol === 'https' || headers.origin?.startsWith('https:') === true
  return { path: '/', httpOnly: true, sameSite: 'strict', secure } as const
}

/** An address of one of the pages, or the first of them. */
export function choosePage(wanted: string | null): string {
  return chooseOwnPath(wanted, pages)
}

/** A browser that wants a page is asked again, and told what was wrong with what it gave. Anything else gets the refusal alone. */
export function askAgain(request: FastifyRequest, reply: FastifyReply, error: unknown, to: string): FastifyReply {
  if (!request.headers.accept?.includes('text/html')) return sendProblem(request, reply, error)
  const problem = answerProblem(request, reply, error)
  const isFirst = request.method === 'GET' && readProof(request) === undefined
  return sendPage(reply, renderSignInPage({ action: signInPath, to, fault: isFirst ? undefined : problem.message }))
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply.header('content-security-policy', pagePolicy).type('text/html; charset=utf-8').send(page)
}
