import type { EnvironmentSpec, JobMessage } from '@stevedore/contract'
import type { By } from '../foundation/append-audit.ts'
import { and, eq } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { steps } from '../foundation/schema/attempts.ts'
import { environments, revisions } from '../foundation/schema/environments.ts'
import { withFencedEnvironment } from '../jobs/fence.ts'
import { type EnvironmentKey, isEnvironment } from '../line/line.ts'
import { activate } from './activate-revision.ts'
import { isRevision } from './revisions.ts'

interface Adoption extends JobMessage, EnvironmentKey {
  number: number
  /** The highest that was seen there; the next revision gets a higher one. */
  highest: number
  image: string
  version: string
  settings: EnvironmentSpec
  specVersion: number
  by: By
}

/**
 * Records a revision that runs under a number which this ledger did not give, or takes the one that it knows, and makes it the current
 * one: as one, so that nobody takes what serves for what a job left behind. Throws StaleFenceError.
 */
export function adoptRevision(ledger: Ledger, adoption: Adoption): Promise<void> {
  const { app, environment, number, highest, image, version, settings, specVersion, jobId, by } = adoption
  return withFencedEnvironment(ledger, adoption, async (tx, job, row) => {
    const lastRevision = Math.max(row.lastRevision, highest)
    await tx.db.update(environments).set({ lastRevision }).where(isEnvironment(adoption))
    const [known] = await tx.db.select({ number: revisions.number }).from(revisions).where(isRevision(adoption))
    const activated = { row: { ...row, lastRevision }, requestedBy: job.requestedBy }
    const activation = { ...adoption, pin: false, unpin: true }
    if (known) return activate(tx, activation, activated)
    const made = { app, environment, number, image, version, settings, specVersion, jobId, createdBy: job.requestedBy }
    await tx.db
      .insert(revisions)
      .values({ ...made, strategy: settings.strategy.type, cause: 'adopted', state: 'pending' })
    const detail = { number, image, version, cause: 'adopted' }
    tx.record({ by, action: 'revision.created', app, environment, jobId, detail })
    await activate(tx, activation, activated)
  })
}

/**
 * Begins a job anew that was begun in a world which is past: its plan, its revision and what it did are forgotten, and the numbers that were
 * seen to be given are not given again. Throws StaleFenceError.
 */
export function beginAnew(
  ledger: Ledger,
  { highest, ...given }: JobMessage & EnvironmentKey & { highest: number; by: By },
): Promise<void> {
  const { app, environment, jobId, by } = given
  return withFencedEnvironment(ledger, given, async (tx, _job, row) => {
    const lastRevision = Math.max(row.lastRevision, highest)
    await tx.db.update(environments).set({ lastRevision }).where(isEnvironment(given))
    await tx.db.delete(steps).where(eq(steps.jobId, jobId))
    const isBegun = and(eq(revisions.jobId, jobId), eq(revisions.state, 'pending'))
    const forgotten = await tx.db.delete(revisions).where(isBegun).returning({ number: revisions.number })
    for (const { number } of forgotten)
      tx.record({ by, action: 'revision.failed', app, environment, jobId, detail: { number } })
  })
}
