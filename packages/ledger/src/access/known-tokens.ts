import { createHash } from 'node:crypto'
import type { Ledger } from '../foundation/ledger.ts'
import { identify, type Proof } from './sessions.ts'
import type { TokenRecord } from './tokens.ts'

/** A token that is revoked ends within 5 s whatever is not heard: this, and what a request may wait. */
const knownMs = 4_000
const mostKnown = 10_000

/** Tokens that the ledger found good a moment ago, each by itself or by a session. */
export interface KnownTokens {
  /** Whose token it is, without asking the ledger; undefined where it has to be asked. */
  recall(proof: Proof): TokenRecord | undefined
  /** The same, of the ledger; undefined as of `identify`. */
  find(proof: Proof): Promise<TokenRecord | undefined>
  /** The ledger is asked after each anew. */
  forget(): void
}

/**
 * Remembers tokens for as long as every revocation and sign-out is heard of, and for some seconds at most. What ends through this process ends
 * with `forget`, what ends elsewhere once that is told.
 */
export function openKnownTokens(ledger: Ledger): KnownTokens {
  const known = new Map<string, { record: TokenRecord; atMs: number }>()
  /** How often all was forgotten: what was asked before that may be of before a revocation. */
  let times = 0

  function forget(): void {
    times += 1
    known.clear()
  }

  void ledger.listen('stevedore_token', forget)
  return {
    forget,
    recall(proof) {
      const found = ledger.isListening() ? known.get(nameProof(proof)) : undefined
      return found && performance.now() - found.atMs < knownMs && isCurrent(found.record) ? found.record : undefined
    },
    async find(proof) {
      const [asked, atMs] = [times, performance.now()]
      const record = await identify(ledger, proof)
      if (!record || times !== asked) return record
      if (known.size >= mostKnown) known.clear()
      known.set(nameProof(proof), { record, atMs })
      return record
    },
  }
}

/** One is never taken for the other, whatever it says. */
const nameProof = ({ kind, text }: Proof) => `${kind} ${createHash('sha256').update(text).digest('base64')}`

function isCurrent({ expiresAt }: TokenRecord): boolean {
  return expiresAt === null || expiresAt > new Date()
}
