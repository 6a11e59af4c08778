import cookie from '@fastify/cookie'
import { grants, ProblemError } from '@stevedore/contract'
import { registerBoard } from '@stevedore/queue'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ApiContext } from '../context.ts'
import { sendProblem } from '../problem-reply.ts'
import { lacksRight } from '../refusals.ts'
import type { RateLimits } from './rate-limits.ts'
import { readBearer, signIn } from './sign-in.ts'
import { signInPage } from './sign-in-page.ts'

const basePath = '/queues'
const cookieName = 'stevedore_token'
const access = { right: 'read', reach: 'server' } as const

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'"

/** The queues to look at, for who signed in: by the header as anywhere, or in a browser by a form that leaves a cookie. */
export async function addQueueBoard(app: FastifyInstance, context: ApiContext, limits: RateLimits): Promise<void> {
  await app.register(async (scope) => {
    await scope.register(cookie)
    scope.addHook('onRequest', async (_request, reply) => {
      reply.header('content-security-policy', policy)
    })
    addSignInForm(scope, context, limits)
    await scope.register(async (board) => {
      board.addHook('onRequest', async (request, reply) => letIn(request, reply))
      await registerBoard(board, { transport: context.transport, basePath })
    })
  })

  /** Answers by itself: an error would end up with the board's own handler, which knows no problems. */
  async function letIn(request: FastifyRequest, reply: FastifyReply) {
    try {
      await signIn(context, limits, request, access, readBearer(request) ?? request.cookies[cookieName])
      refuseChange(request)
    } catch (error) {
      const asksForPage = request.headers.accept?.includes('text/html') && request.method === 'GET'
      if (error instanceof ProblemError && error.status === 401 && asksForPage)
        return reply.code(401).headers(error.headers).type('text/html; charset=utf-8').send(signInPage)
      return sendProblem(request, reply, error)
    }
  }
}

function refuseChange({ method, caller }: FastifyRequest): void {
  if (method === 'GET' || method === 'HEAD') return
  if (!caller || !grants(caller.role, 'administer')) throw lacksRight('administer')
  throw new ProblemError('method-not-allowed', 'The board is to look at only.', { headers: { allow: 'GET, HEAD' } })
}

const formLimitBytes = 4_096

function addSignInForm(scope: FastifyInstance, context: ApiContext, limits: RateLimits): void {
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: formLimitBytes },
    async (_: unknown, text: unknown) => new URLSearchParams(text as string),
  )
  scope.post(`${basePath}/sign-in`, async (request, reply) => {
    const token = request.body instanceof URLSearchParams ? request.body.get('token') : null
    await signIn(context, limits, request, access, token?.trim() || undefined)
    // Strict: no other site can make a browser send it along.
    const settings = {
      path: basePath,
      httpOnly: true,
      sameSite: 'strict',
      secure: request.protocol === 'https',
    } as const
    return reply.setCookie(cookieName, request.bearer, settings).redirect(basePath, 303)
  })
  scope.post(`${basePath}/sign-out`, async (_request, reply) =>
    reply.clearCookie(cookieName, { path: basePath }).redirect(basePath, 303),
  )
}
