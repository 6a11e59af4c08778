import { createHash, randomBytes } from 'node:crypto'
import { ProblemError, type Role } from '@stevedore/contract'
import type { By } from '../foundation/append-audit.ts'
import { notify } from '../foundation/channels.ts'
import { fromNow, now } from '../foundation/clock.ts'
import { and, asc, eq, getTableColumns, gt, isNull, or, sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { tokens } from '../foundation/schema/access.ts'
import { query, type Transaction, transact } from '../foundation/transact.ts'

export interface TokenRecord {
  id: string
  name: string
  role: Role
  /** Whose it is; null: of whom its name says. */
  person: string | null
  /** null: every app. */
  app: string | null
  /** null: every environment. */
  environment: string | null
  createdAt: Date
  expiresAt: Date | null
  /** To the minute. */
  lastUsedAt: Date | null
  revokedAt: Date | null
}

interface NewToken {
  name: string
  role: Role
  person?: string
  app?: string
  environment?: string
  expiresInMs?: number
}

const { hash: _hash, ...allButHash } = getTableColumns(tokens)
export const record = allButHash
const hashToken = (token: string) => createHash('sha256').update(token).digest()
const firstTokenName = 'first-admin'

/** @returns `token` is shown this once; only its hash is kept. Throws ProblemError `conflict` when the name is taken */
export function createToken(
  ledger: Ledger,
  { by, ...given }: NewToken & { by: By },
): Promise<{ token: string; record: TokenRecord }> {
  return transact(ledger, (tx) => writeToken(tx, given, by))
}

async function writeToken(tx: Transaction, given: NewToken, by: By): Promise<{ token: string; record: TokenRecord }> {
  const { name, role, person, app, environment, expiresInMs } = given
  const token = `stv_${randomBytes(32).toString('base64url')}`
  const expiresAt = expiresInMs === undefined ? null : fromNow(expiresInMs)
  const [made] = await tx.db
    .insert(tokens)
    .values({ name, role, person, app, environment, hash: hashToken(token), expiresAt })
    .onConflictDoNothing()
    .returning(record)
  if (!made) throw new ProblemError('conflict', `there is a token named ${name}: revoke it, or choose another name`)
  tx.record({ by, action: 'token.created', app, environment, detail: { id: made.id, name, role, person } })
  return { token, record: made }
}

/** An admin's token, when there has never been any token; undefined otherwise. One of many who ask at once gets it. */
export function createFirstToken(ledger: Ledger, { by }: { by: By }): Promise<string | undefined> {
  return transact(ledger, async (tx) => {
    await tx.db.execute(sql`lock table ${tokens} in share row exclusive mode`)
    if ((await tx.db.select({ id: tokens.id }).from(tokens).limit(1)).length > 0) return undefined
    const { token } = await writeToken(tx, { name: firstTokenName, role: 'admin' }, by)
    return token
  })
}

/** Whose token it is; undefined when it is unknown, revoked or expired. */
export function authenticate(ledger: Ledger, token: string): Promise<TokenRecord | undefined> {
  return query(ledger, async (db) => {
    const [found] = await db
      .select({ ...record, stale: sql<boolean>`coalesce(${tokens.lastUsedAt} < now() - interval '1 minute', true)` })
      .from(tokens)
      .where(and(eq(tokens.hash, hashToken(token)), isNull(tokens.revokedAt), isCurrent))
    if (!found) return undefined
    const { stale, ...known } = found
    if (stale) await db.update(tokens).set({ lastUsedAt: now }).where(eq(tokens.id, known.id))
    return known
  })
}

export const isCurrent = or(isNull(tokens.expiresAt), gt(tokens.expiresAt, now))

/** All that ever were, by age. */
export function listTokens(ledger: Ledger): Promise<TokenRecord[]> {
  return query(ledger, (db) => db.select(record).from(tokens).orderBy(asc(tokens.createdAt)))
}

/** @returns whether there was such a token to revoke */
export function revokeToken(ledger: Ledger, { id, by }: { id: string; by: By }): Promise<boolean> {
  return transact(ledger, async (tx) => {
    const [revoked] = await tx.db
      .update(tokens)
      .set({ revokedAt: now })
      .where(and(eq(tokens.id, id), isNull(tokens.revokedAt)))
      .returning({ name: tokens.name, app: tokens.app, environment: tokens.environment })
    if (!revoked) return false
    const { name, app, environment } = revoked
    tx.record({ by, action: 'token.revoked', app, environment, detail: { id, name } })
    await tx.db.execute(notify('stevedore_token', id))
    return true
  })
}
