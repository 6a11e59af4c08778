import { type JobMessage, ProblemError } from '@stevedore/contract'
import type { By } from '../foundation/append-audit.ts'
import { now, selectClock } from '../foundation/clock.ts'
import { and, eq, ne } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { type EnvironmentRow, environments, revisions } from '../foundation/schema/environments.ts'
import { unknownPlaces } from '../foundation/schema/unknown-places.ts'
import type { Transaction } from '../foundation/transact.ts'
import { withFencedEnvironment } from '../jobs/fence.ts'
import { type EnvironmentKey, isEnvironment } from '../line/line.ts'
import { unpin } from './environments.ts'
import { isOfEnvironment, isRevision } from './revisions.ts'

interface Activation extends JobMessage, EnvironmentKey {
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
export function activateRevision(ledger: Ledger, activation: Activation): Promise<void> {
  return withFencedEnvironment(ledger, activation, (tx, job, row) =>
    activate(tx, activation, { row, requestedBy: job.requestedBy }),
  )
}

/** The environment is locked, the fence checked. */
export async function activate(
  tx: Transaction,
  activation: Activation,
  { row, requestedBy }: { row: EnvironmentRow; requestedBy: string },
): Promise<void> {
  const { app, environment, number, jobId, by } = activation
  const [target] = await tx.db.select().from(revisions).where(isRevision({ app, environment, number }))
  if (!target) throw new ProblemError('not-found', `${app} ${environment} has no revision ${number}`)
  if (row.currentRevision !== number || target.state !== 'active') {
    await switchStates(tx, activation)
    tx.record({ by, action: 'revision.activated', app, environment, jobId, detail: { number } })
  }
  const warm = await keepWarm(tx, activation, row)
  await tx.db.update(environments).set({ currentRevision: number, warm }).where(isEnvironment(activation))
  await changePin(tx, activation, row, requestedBy)
  // The next look of a worker may be a minute away, and a person who has just adopted it looks now.
  const isPlace = and(eq(unknownPlaces.app, app), eq(unknownPlaces.environment, environment))
  await tx.db.delete(unknownPlaces).where(isPlace)
}

async function switchStates(tx: Transaction, { app, environment, number }: Activation): Promise<void> {
  const isOtherActive = and(eq(revisions.state, 'active'), ne(revisions.number, number))
  await tx.db
    .update(revisions)
    .set({ state: 'retired' })
    .where(and(isOfEnvironment({ app, environment }), isOtherActive))
  await tx.db
    .update(revisions)
    .set({ state: 'active', activatedAt: now })
    .where(isRevision({ app, environment, number }))
}

/** What serves now is no longer merely warm; the end of another's warmth is told by Postgres's clock. */
async function keepWarm(
  tx: Transaction,
  { number, warm }: Activation,
  row: EnvironmentRow,
): Promise<EnvironmentRow['warm']> {
  const rest = row.warm.filter(({ revision }) => revision !== number && revision !== warm?.revision)
  if (!warm) return rest
  const until = new Date((await selectClock(tx.db)).getTime() + warm.delayMs).toISOString()
  return [...rest, { revision: warm.revision, until }]
}

async function changePin(
  tx: Transaction,
  activation: Activation,
  row: EnvironmentRow,
  requestedBy: string,
): Promise<void> {
  const { app, environment, jobId, by } = activation
  if (activation.pin && row.pinnedBy === null) {
    await tx.db.update(environments).set({ pinnedBy: requestedBy, pinnedAt: now }).where(isEnvironment(activation))
    tx.record({ by, action: 'environment.pinned', app, environment, jobId, detail: { pinnedBy: requestedBy } })
  }
  if (activation.unpin && row.pinnedBy !== null) await unpin(tx, { app, environment }, by, jobId)
}
