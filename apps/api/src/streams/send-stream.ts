import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { Call } from '../route.ts'

/**
 * Answers with what the source gives, as fast as the client takes it. The signal ends the source when the client leaves, the token is no
 * longer good or the server stops. Throws ProblemError `too-many-streams`.
 */
export function sendStream(
  { context, request, reply }: Pick<Call, 'context' | 'request' | 'reply'>,
  mediaType: string,
  open: (signal: AbortSignal) => AsyncIterable<string>,
): FastifyReply {
  const ended = new AbortController()
  const signal = AbortSignal.any([ended.signal, context.closing])
  const leave = context.streams.enter(request, () => ended.abort())
  const end = () => {
    leave()
    ended.abort()
  }
  // Who left while the question was judged says so no more.
  if (reply.raw.destroyed) end()
  else reply.raw.once('close', end)
  reply.isStream = true
  return reply
    .type(mediaType)
    .header('cache-control', 'no-store, no-transform')
    .header('x-accel-buffering', 'no')
    .send(Readable.from(open(signal), { objectMode: false }))
}
