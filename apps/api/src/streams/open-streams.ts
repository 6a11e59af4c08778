import type { Config } from '@stevedore/config'
import { ProblemError } from '@stevedore/contract'
import { authenticate, type Ledger } from '@stevedore/ledger'
import type { FastifyRequest } from 'fastify'
import pLimit from 'p-limit'

/** So many reads for all streams together: whoever follows must not take the ledger's connections from those who ask. */
const readsAtOnce = 3
/** How often open streams ask whether their token still holds: a revoked one must not see more than 5 s. */
const tokenCheckMs = 3_000
const retryAfterSeconds = '2'

/** The streams that one process has open. An open one holds no connection to the ledger: it is told when to look, and takes its turn. */
export interface OpenStreams {
  /**
   * Takes a place for a stream, until the function that it gives back is called.
   * @param onGone called once the token is no longer good
   * @throws ProblemError `too-many-streams`
   */
  enter(request: Pick<FastifyRequest, 'caller' | 'bearer'>, onGone: () => void): () => void
  /** Reads from the ledger for a stream, in turn with the others. */
  read<T>(work: () => Promise<T>): Promise<T>
}

/** All streams of one token, which is asked after once for all of them. */
interface Followers {
  onGone: Set<() => void>
  timer: NodeJS.Timeout
}

export function createOpenStreams(
  ledger: Ledger,
  { maxStreams, maxStreamsPerToken }: Pick<Config, 'maxStreams' | 'maxStreamsPerToken'>,
): OpenStreams {
  const byToken = new Map<string, Followers>()
  const takeTurn = pLimit(readsAtOnce)
  let open = 0

  return {
    enter({ caller, bearer }, onGone) {
      const id = caller?.id ?? ''
      if (open >= maxStreams) throw tooMany(`the ${maxStreams} that this server holds open`)
      if ((byToken.get(id)?.onGone.size ?? 0) >= maxStreamsPerToken)
        throw tooMany(`the ${maxStreamsPerToken} of one token`)
      const followers = byToken.get(id) ?? { onGone: new Set(), timer: checkToken(id, bearer) }
      byToken.set(id, followers)
      followers.onGone.add(onGone)
      open += 1
      return () => leave(id, followers, onGone)
    },
    read: (work) => takeTurn(work),
  }

  function leave(id: string, followers: Followers, onGone: () => void): void {
    if (!followers.onGone.delete(onGone)) return
    open -= 1
    if (followers.onGone.size > 0) return
    clearInterval(followers.timer)
    byToken.delete(id)
  }

  function checkToken(id: string, bearer: string): NodeJS.Timeout {
    return setInterval(async () => {
      // With the ledger away nothing can be said of the token, and nothing new can be read either.
      const isGood = await authenticate(ledger, bearer).then(
        (token) => token !== undefined,
        () => true,
      )
      if (!isGood) for (const tell of byToken.get(id)?.onGone ?? []) tell()
    }, tokenCheckMs)
  }
}

function tooMany(which: string): ProblemError {
  const detail = `No more streams than ${which} are followed at once: close one, or wait.`
  return new ProblemError('too-many-streams', detail, { headers: { 'retry-after': retryAfterSeconds } })
}
