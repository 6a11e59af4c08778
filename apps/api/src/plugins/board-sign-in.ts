import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ApiContext } from '../context.ts'
import { pagePolicy } from '../pages/html-page.ts'
import { chooseOwnPath } from '../pages/own-path.ts'
import { renderSignInPage, renderSignOutPage } from '../pages/sign-in-page.ts'
import { answerProblem, sendProblem } from '../problem-reply.ts'
import type { RateLimits } from './rate-limits.ts'
import { readBearer, signIn } from './sign-in.ts'

export const boardPath = '/queues'
const signInPath = `${boardPath}/sign-in`
export const signOutPath = `${boardPath}/sign-out`
const cookieName = 'stevedore_token'
const access = { right: 'read', reach: 'server' } as const
const formLimitBytes = 4_096

/** The form that leaves a cookie, and the one that takes it away. `@fastify/cookie` is registered in the scope. */
export function addBoardSignIn(scope: FastifyInstance, context: ApiContext, limits: RateLimits): void {
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: formLimitBytes },
    async (_: unknown, text: unknown) => new URLSearchParams(String(text)),
  )
  scope.get(signInPath, async (_request, reply) =>
    sendPage(reply, renderSignInPage({ action: signInPath, to: boardPath })),
  )
  scope.get(signOutPath, async (_request, reply) => sendPage(reply, renderSignOutPage(signOutPath, boardPath)))
  scope.post(signInPath, async (request, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
    const to = chooseOwnPath(form.get('to'), boardPath)
    try {
      await signIn(context, limits, request, access, form.get('token')?.trim() || undefined)
    } catch (error) {
      return refuse(request, reply, error, to)
    }
    return reply.setCookie(cookieName, request.bearer, describeCookie(request)).redirect(to, 303)
  })
  scope.post(signOutPath, async (request, reply) =>
    reply.clearCookie(cookieName, describeCookie(request)).redirect(signInPath, 303),
  )
}

/** Strict: no other site can make a browser send it along. */
function describeCookie({ headers, protocol }: FastifyRequest) {
  // Behind a proxy that ends TLS and is not believed, the browser still says what it speaks.
  const secure = protocol === 'https' || headers.origin?.startsWith('https:') === true
  return { path: boardPath, httpOnly: true, sameSite: 'strict', secure } as const
}

/** Whoever signed in, by the header as anywhere or by the cookie, goes on; any other is answered. */
export async function letIn(context: ApiContext, limits: RateLimits, request: FastifyRequest, reply: FastifyReply) {
  try {
    await signIn(context, limits, request, access, readToken(request))
  } catch (error) {
    return refuse(request, reply, error, chooseOwnPath(request.url, boardPath))
  }
}

function readToken(request: FastifyRequest): string | undefined {
  return readBearer(request) ?? request.cookies[cookieName]
}

/** A browser that wants a page is asked again, and told what was wrong with what it gave. */
function refuse(request: FastifyRequest, reply: FastifyReply, error: unknown, to: string): FastifyReply {
  if (!request.headers.accept?.includes('text/html')) return sendProblem(request, reply, error)
  const problem = answerProblem(request, reply, error)
  const isFirst = request.method === 'GET' && readToken(request) === undefined
  return sendPage(reply, renderSignInPage({ action: signInPath, to, fault: isFirst ? undefined : problem.message }))
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply.header('content-security-policy', pagePolicy).type('text/html; charset=utf-8').send(page)
}
