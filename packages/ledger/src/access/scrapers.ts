import { createHash } from 'node:crypto'
import { grants } from '@stevedore/contract'
import type { Ledger } from '../foundation/ledger.ts'
import { isLedgerAway } from '../foundation/ledger-away.ts'
import { authenticate, type TokenRecord } from './tokens.ts'

/** Longer than an outage that nobody mends. */
const rememberedMs = 60 * 60_000

/** Knows whose token may read figures; that of a scraper also while the ledger, of which the figures tell, is away. */
export type Scrapers = (token: string) => Promise<TokenRecord | undefined>

/**
 * Remembers, in memory and for an hour, the last token that the ledger let read figures of the whole server. While the ledger is away
 * nothing else could tell that it is.
 * @returns undefined for a token that is unknown, revoked or expired. Throws as `authenticate` does for one that is not remembered.
 */
export function openScrapers(ledger: Ledger): Scrapers {
  let last: { hash: string; record: TokenRecord; atMs: number } | undefined
  return async (token) => {
    const hash = createHash('sha256').update(token).digest('hex')
    try {
      const record = await authenticate(ledger, token)
      if (record && record.app === null && grants(record.role, 'read')) last = { hash, record, atMs: performance.now() }
      else if (hash === last?.hash) last = undefined
      return record
    } catch (error) {
      if (!isLedgerAway(error) || last?.hash !== hash || performance.now() - last.atMs > rememberedMs) throw error
      return isCurrent(last.record) ? last.record : undefined
    }
  }
}

function isCurrent({ expiresAt }: TokenRecord): boolean {
  return expiresAt === null || expiresAt > new Date()
}
