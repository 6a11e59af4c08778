import { createHash } from 'node:crypto'
import { grants, ProblemError } from '@stevedore/contract'
import type { Ledger } from '../foundation/ledger.ts'
import { isLedgerAway } from '../foundation/ledger-away.ts'
import { shareAnswer } from '../foundation/share-answer.ts'
import { authenticate, type TokenRecord } from './tokens.ts'

/** Longer than an outage that nobody mends. */
const rememberedMs = 60 * 60_000
/** So many tokens that are not remembered are looked up at once: anybody may send some. */
const lookUpsAtOnce = 2

/** Knows whose token may read figures; that of a scraper also while the ledger, of which the figures tell, is away. */
export type Scrapers = (token: string) => Promise<TokenRecord | undefined>

/** Who was let in last. */
interface Scraper {
  hash: string
  record: TokenRecord
  goodAtMs: number
  /** The ledger, once a second at most. */
  ask(): Promise<TokenRecord | undefined>
}

/**
 * Remembers, in memory and for an hour, the last token that the ledger let read figures of the whole server. While the ledger is away
 * nothing else could tell that it is.
 * @returns undefined for a token that is unknown, revoked or expired. Throws as `authenticate` does for one that is not remembered, and
 *   ProblemError `unavailable` where too many such are looked up already
 */
export function openScrapers(ledger: Ledger): Scrapers {
  let last: Scraper | undefined
  let lookUps = 0

  async function lookUp(token: string, hash: string): Promise<TokenRecord | undefined> {
    if (lookUps >= lookUpsAtOnce) throw new ProblemError('unavailable', 'Too many ask at once.', { headers: retrySoon })
    lookUps += 1
    try {
      const record = await authenticate(ledger, token)
      if (record && mayScrape(record)) last = createScraper(ledger, token, { hash, record })
      return record
    } finally {
      lookUps -= 1
    }
  }

  async function askAgain(scraper: Scraper): Promise<TokenRecord | undefined> {
    try {
      const record = await scraper.ask()
      if (record === undefined && last === scraper) last = undefined
      return record
    } catch (error) {
      if (!isLedgerAway(error) || performance.now() - scraper.goodAtMs > rememberedMs) throw error
      return isCurrent(scraper.record) ? scraper.record : undefined
    }
  }

  return (token) => {
    const hash = createHash('sha256').update(token).digest('hex')
    return last?.hash === hash ? askAgain(last) : lookUp(token, hash)
  }
}

const retrySoon = { 'retry-after': '2' }

/** Whether figures of the whole server are for this token. */
export function mayScrape({ app, environment, role }: TokenRecord): boolean {
  return app === null && environment === null && grants(role, 'read')
}

function createScraper(ledger: Ledger, token: string, { hash, record }: Pick<Scraper, 'hash' | 'record'>): Scraper {
  const scraper: Scraper = {
    ...{ hash, record, goodAtMs: performance.now() },
    ask: shareAnswer(async () => {
      const found = await authenticate(ledger, token)
      if (found) Object.assign(scraper, { record: found, goodAtMs: performance.now() })
      return found
    }),
  }
  return scraper
}

function isCurrent({ expiresAt }: TokenRecord): boolean {
  return expiresAt === null || expiresAt > new Date()
}
