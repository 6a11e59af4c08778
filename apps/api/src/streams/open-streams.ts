import type { Config } from '@stevedore/config'
import { ProblemError } from '@stevedore/contract'
import { identify, type Ledger, type Proof } from '@stevedore/ledger'
import type { FastifyRequest } from 'fastify'
import pLimit from 'p-limit'

/** So many reads for all streams together: whoever follows must not take the ledger's connections from those who ask. */
const readsAtOnce = 3
/** How often open streams ask whether their token or session still holds: a revoked one must not see more than 5 s. */
const proofCheckMs = 3_000
const retryAfterSeconds = '2'

/** The streams that one process has open. An open one holds no connection to the ledger: it is told when to look, and takes its turn. */
export interface OpenStreams {
  /**
   * Takes a place for a stream, until the function that it gives back is called.
   * @param onGone called once the token or session is no longer good
   * @throws ProblemError `too-many-streams`
   */
  enter(request: Pick<FastifyRequest, 'caller' | 'proof'>, onGone: () => void): () => void
  /** Reads from the ledger for a stream, in turn with the others. */
  read<T>(work: () => Promise<T>): Promise<T>
}

/** All streams that were let in by the same, which is asked after once for all of them. */
interface Followers {
  tokenId: string
  onGone: Set<() => void>
  timer: NodeJS.Timeout
}

export function createOpenStreams(
  ledger: Ledger,
  { maxStreams, maxStreamsPerToken }: Pick<Config, 'maxStreams' | 'maxStreamsPerToken'>,
): OpenStreams {
  const byProof = new Map<string, Followers>()
  const takeTurn = pLimit(readsAtOnce)
  const count = (isMeant = (_: Followers) => true) =>
    [...byProof.values()].filter(isMeant).reduce((sum, { onGone }) => sum + onGone.size, 0)

  return {
    enter({ caller, proof }, onGone) {
      const tokenId = caller?.id ?? ''
      if (count() >= maxStreams) throw tooMany(`the ${maxStreams} that this server holds open`)
      if (count((followers) => followers.tokenId === tokenId) >= maxStreamsPerToken)
        throw tooMany(`the ${maxStreamsPerToken} of one token`)
      const key = `${proof?.kind} ${proof?.text}`
      const followers = byProof.get(key) ?? { tokenId, onGone: new Set(), timer: checkProof(key, proof) }
      byProof.set(key, followers)
      followers.onGone.add(onGone)
      return () => leave(key, followers, onGone)
    },
    read: (work) => takeTurn(work),
  }

  function leave(key: string, followers: Followers, onGone: () => void): void {
    if (!followers.onGone.delete(onGone) || followers.onGone.size > 0) return
    clearInterval(followers.timer)
    byProof.delete(key)
  }

  function checkProof(key: string, proof: Proof | null): NodeJS.Timeout {
    return setInterval(async () => {
      // With the ledger away nothing can be said of it, and nothing new can be read either.
      const isGood = await (proof ? identify(ledger, proof) : Promise.resolve(undefined)).then(
        (token) => token !== undefined,
        () => true,
      )
      if (!isGood) for (const tell of byProof.get(key)?.onGone ?? []) tell()
    }, proofCheckMs)
  }
}

function tooMany(which: string): ProblemError {
  const detail = `No more streams than ${which} are followed at once: close one, or wait.`
  return new ProblemError('too-many-streams', detail, { headers: { 'retry-after': retryAfterSeconds } })
}
