import { Readable } from 'node:stream'
import { authenticate } from '@stevedore/ledger'
import type { FastifyReply } from 'fastify'
import type { Call } from '../route.ts'

/** How often an open stream asks whether its token still holds: a revoked one must not see more than 5 s. */
const tokenCheckMs = 3_000

/**
 * Answers with what the source gives, as fast as the client takes it. The signal ends the source when the client leaves, the token is no
 * longer good or the server stops.
 */
export function sendStream(
  call: Pick<Call, 'context' | 'request' | 'reply'>,
  mediaType: string,
  open: (signal: AbortSignal) => AsyncIterable<string>,
): FastifyReply {
  const { context, reply } = call
  const ended = new AbortController()
  const signal = AbortSignal.any([ended.signal, context.closing])
  const stopChecks = checkToken(call, () => ended.abort())
  reply.raw.once('close', () => {
    stopChecks()
    ended.abort()
  })
  return reply
    .type(mediaType)
    .header('cache-control', 'no-store, no-transform')
    .header('x-accel-buffering', 'no')
    .send(Readable.from(open(signal), { objectMode: false }))
}

function checkToken({ context, request }: Pick<Call, 'context' | 'request' | 'reply'>, onGone: () => void): () => void {
  const timer = setInterval(async () => {
    // With the ledger away nothing can be said of the token, and nothing new can be read either.
    const token = await authenticate(context.ledger, request.bearer).catch(() => request.caller)
    if (!token) onGone()
  }, tokenCheckMs)
  return () => clearInterval(timer)
}
