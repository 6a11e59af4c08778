import { createHash, randomBytes } from 'node:crypto'
import { notify } from '../foundation/channels.ts'
import { fromNow, now } from '../foundation/clock.ts'
import { and, eq, gt, isNull, sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { sessions, tokens } from '../foundation/schema/access.ts'
import { query, transact } from '../foundation/transact.ts'
import { authenticate, isCurrent, record, type TokenRecord } from './tokens.ts'

/** What a request proves itself with: a token, or the id of a session that was begun with one. */
export interface Proof {
  kind: 'token' | 'session'
  text: string
}

/** A session ends after so long without a request. */
const idleMs = 24 * 60 * 60_000
const hashId = (id: string) => createHash('sha256').update(id).digest()

/** Begins a session for who has signed in with this token. @returns its id, shown this once; only its hash is kept */
export function beginSession(ledger: Ledger, { tokenId }: { tokenId: string }): Promise<string> {
  const id = `sts_${randomBytes(32).toString('base64url')}`
  return query(ledger, async (db) => {
    await db.insert(sessions).values({ hash: hashId(id), tokenId })
    return id
  })
}

/** Ends a session at once: every API hears of it. Nothing to do where there is none. */
export function endSession(ledger: Ledger, id: string): Promise<void> {
  return transact(ledger, async (tx) => {
    const [ended] = await tx.db
      .delete(sessions)
      .where(eq(sessions.hash, hashId(id)))
      .returning()
    if (ended) await tx.db.execute(notify('stevedore_token', ended.tokenId))
  })
}

/** Whose request it is; undefined when the token is unknown, revoked or expired, or the session has ended. */
export function identify(ledger: Ledger, { kind, text }: Proof): Promise<TokenRecord | undefined> {
  return kind === 'token' ? authenticate(ledger, text) : resume(ledger, text)
}

function resume(ledger: Ledger, id: string): Promise<TokenRecord | undefined> {
  const isAwake = gt(sessions.seenAt, fromNow(-idleMs))
  return query(ledger, async (db) => {
    const [found] = await db
      .select({ ...record, stale: sql<boolean>`${sessions.seenAt} < now() - interval '1 minute'` })
      .from(sessions)
      .innerJoin(tokens, eq(tokens.id, sessions.tokenId))
      .where(and(eq(sessions.hash, hashId(id)), isAwake, isNull(tokens.revokedAt), isCurrent))
    if (!found) return undefined
    const { stale, ...known } = found
    if (stale) {
      await db
        .update(sessions)
        .set({ seenAt: now })
        .where(eq(sessions.hash, hashId(id)))
      await db.update(tokens).set({ lastUsedAt: now }).where(eq(tokens.id, known.id))
    }
    return known
  })
}
