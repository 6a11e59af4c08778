import type { EventEmitter } from 'node:events'
import { type Readable, Transform } from 'node:stream'
import { ProblemError } from '@stevedore/contract'

const windowMs = 10_000
/** A body may be long, but it must come on: less in a window than this, some 1 KiB a second, only holds a connection. */
const minBytes = 10_240

/**
 * The same bytes; fails with `request-timeout` when they trickle. While the reader is the slow one, nobody is blamed.
 * @param answer closes when the request is answered: what was refused unread is watched no longer
 */
export function watchArrival(body: Readable, answer: EventEmitter): Readable {
  let arrived = 0
  const watched = new Transform({
    transform(chunk, _encoding, done) {
      arrived += chunk.length
      done(null, chunk)
    },
  })
  const timer = setInterval(() => {
    if (arrived < minBytes && !watched.writableNeedDrain)
      watched.destroy(new ProblemError('request-timeout', 'The body comes too slowly.'))
    arrived = 0
  }, windowMs)
  for (const end of [watched, answer]) end.once('close', () => clearInterval(timer))
  // Not every reader listens from the first byte on.
  watched.on('error', () => {})
  body.once('error', (error) => watched.destroy(error))
  body.once('close', () => {
    if (!body.readableEnded) watched.destroy(new ProblemError('bad-request', 'The body broke off.'))
  })
  // Not a pipeline: that would end the connection together with the body, and no answer could be given.
  return body.pipe(watched)
}
