import { grants, ProblemError } from '@stevedore/contract'
import { registerBoard } from '@stevedore/queue'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ApiContext } from '../context.ts'
import { sendProblem } from '../problem-reply.ts'
import { lacksRight } from '../refusals.ts'
import type { RateLimits } from './rate-limits.ts'
import { askAgain, choosePage, signOutPath } from './session-pages.ts'
import { readProof, signIn } from './sign-in.ts'

const boardPath = '/queues'

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'"

/** The queues to look at, for who signed in: by the header as anywhere, or in a browser by a session. */
export async function addQueueBoard(app: FastifyInstance, context: ApiContext, limits: RateLimits): Promise<void> {
  await app.register(async (board) => {
    board.addHook('onRequest', async (request, reply) => {
      reply.header('content-security-policy', policy)
      return (await letIn(context, limits, request, reply)) ?? refuseChange(request, reply)
    })
    const links = [{ text: 'Sign out', url: signOutPath }]
    await registerBoard(board, { transport: context.transport, basePath: boardPath, links })
  })
}

/** Whoever may look at all goes on; any other is answered. */
async function letIn(context: ApiContext, limits: RateLimits, request: FastifyRequest, reply: FastifyReply) {
  try {
    await signIn(context, limits, request, { right: 'read', reach: 'server' }, readProof(request))
  } catch (error) {
    return askAgain(request, reply, error, choosePage(request.url))
  }
}

/** Answers by itself: an error would end up with the board's own handler, which knows no problems. */
function refuseChange(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  const { method, caller } = request
  if (method === 'GET' || method === 'HEAD') return undefined
  if (!caller || !grants(caller.role, 'administer')) return sendProblem(request, reply, lacksRight('administer'))
  const allow = { headers: { allow: 'GET, HEAD' } }
  return sendProblem(request, reply, new ProblemError('method-not-allowed', 'The board is to look at only.', allow))
}
