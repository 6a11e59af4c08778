import { createHash } from 'node:crypto'
import type { Ledger } from '../foundation/ledger.ts'
import { authenticate, type TokenRecord } from './tokens.ts'

/** A token that is revoked ends within 5 s whatever is not heard: this, and what a request may wait. */
const knownMs = 4_000
const mostKnown = 10_000

/** Tokens that the ledger found good a moment ago. */
export interface KnownTokens {
  /** Whose token it is, without asking the ledger; undefined where it has to be asked. */
  recall(token: string): TokenRecord | undefined
  /** The same, of the ledger; undefined when it is unknown, revoked or expired. */
  find(token: string): Promise<TokenRecord | undefined>
  /** The ledger is asked after each anew. */
  forget(): void
}

/**
 * Remembers tokens for as long as every revocation is heard of, and for some seconds at most. One that is revoked through this process ends
 * with `forget`, one that is revoked elsewhere once that is told.
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
    recall(token) {
      const found = ledger.isListening() ? known.get(nameToken(token)) : undefined
      return found && performance.now() - found.atMs < knownMs && isCurrent(found.record) ? found.record : undefined
    },
    async find(token) {
      const [asked, atMs] = [times, performance.now()]
      const record = await authenticate(ledger, token)
      if (!record || times !== asked) return record
      if (known.size >= mostKnown) known.clear()
      known.set(nameToken(token), { record, atMs })
      return record
    },
  }
}

const nameToken = (token: string) => createHash('sha256').update(token).digest('base64')

function isCurrent({ expiresAt }: TokenRecord): boolean {
  return expiresAt === null || expiresAt > new Date()
}
