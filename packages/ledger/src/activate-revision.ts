import { type JobMessage, ProblemError } from '@stevedore/contract'
import { and, eq, ne } from 'drizzle-orm'
import type { By } from './audit/append-audit.ts'
import { selectClock } from './clock.ts'
import { withFencedEnvironment } from './fence.ts'
import type { Ledger } from './ledger.ts'
import { type EnvironmentKey, isEnvironment } from './line.ts'
import { isRevision } from './revisions.ts'
import { type EnvironmentRow, environments } from './schema/environments.ts'
import { revisions } from './schema/revisions.ts'
import { now } from './time.ts'
import type { Transaction } from './transact.ts'
import { unpin } from './unpin.ts'

export interface Activation extends JobMessage, EnvironmentKey {
  number: number
  /** A rollback pins: triggers do not undo it. */
  pin: boolean
  /** A person's deploy ends the pin. */
  unpin: boolean
  /** The colour that stays warm, and for how long. */
  warm?: { revision: number; delayMs: number } | undefined
  by: By
}

/** Records that a revision serves now, and that the one before no longer does; a repeat changes nothing. Throws StaleFenceError. */
export function activateRevision(ledger: Ledger, o: Activation): Promise<void> {
  const { app, environment, number, jobId, by } = o
  return withFencedEnvironment(ledger, o, async (tx, job, place) => {
    const [target] = await tx.db.select().from(revisions).where(isRevision(o))
    if (!target) throw new ProblemError('not-found', `${app} ${environment} has no revision ${number}`)
    if (place.currentRevision !== number || target.state !== 'active') {
      await switchStates(tx, o)
      tx.record({ by, action: 'revision.activated', app, environment, jobId, detail: { number } })
    }
    const warm = await keepWarm(tx, o, place)
    await tx.db.update(environments).set({ currentRevision: number, warm }).where(isEnvironment(o))
    await changePin(tx, o, place, job.requestedBy)
  })
}

async function switchStates(tx: Transaction, o: Activation): Promise<void> {
  const inPlace = and(eq(revisions.app, o.app), eq(revisions.environment, o.environment))
  await tx.db
    .update(revisions)
    .set({ state: 'retired' })
    .where(and(inPlace, eq(revisions.state, 'active'), ne(revisions.number, o.number)))
  await tx.db.update(revisions).set({ state: 'active', activatedAt: now }).where(isRevision(o))
}

/** What serves now is no longer merely warm; the end of another's warmth is told by Postgres's clock. */
async function keepWarm(tx: Transaction, o: Activation, place: EnvironmentRow): Promise<EnvironmentRow['warm']> {
  const rest = place.warm.filter(({ revision }) => revision !== o.number && revision !== o.warm?.revision)
  if (!o.warm) return rest
  const until = new Date((await selectClock(tx.db)).getTime() + o.warm.delayMs).toISOString()
  return [...rest, { revision: o.warm.revision, until }]
}

async function changePin(tx: Transaction, o: Activation, place: EnvironmentRow, requestedBy: string): Promise<void> {
  const { app, environment, jobId, by } = o
  if (o.pin && place.pinnedBy === null) {
    await tx.db.update(environments).set({ pinnedBy: requestedBy, pinnedAt: now }).where(isEnvironment(o))
    tx.record({ by, action: 'environment.pinned', app, environment, jobId, detail: { pinnedBy: requestedBy } })
  }
  if (o.unpin && place.pinnedBy !== null) await unpin(tx, o, by, jobId)
}
