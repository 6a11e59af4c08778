import type { JobMessage } from '@stevedore/contract'
import type { By } from '../foundation/append-audit.ts'
import { and, eq } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { environments, revisions } from '../foundation/schema/environments.ts'
import { type Transaction, transact } from '../foundation/transact.ts'
import { writeEvents } from '../jobs/events.ts'
import { withFencedEnvironment } from '../jobs/fence.ts'
import { type EnvironmentKey, isEnvironment } from '../line/line.ts'
import { retireServices } from './companions.ts'
import { unpin } from './environments.ts'
import { isRevision } from './revisions.ts'

interface Removal extends EnvironmentKey {
  data?: { revision: number; volumes: string[] } | undefined
  /** What companions kept is gone: the next deploy makes them anew, as its spec says. */
  forgetServices?: boolean
}

/**
 * Records that an environment runs nothing: no current revision, no warm one, no pin, and nothing that was seen. Its history stays. A repeat
 * changes nothing, but that volumes which went with their data are told of where nothing ran any more. Throws StaleFenceError.
 * @param data the volumes that went with all that was in them, and the revision that was last to have them
 */
export function recordRemoval(
  ledger: Ledger,
  { jobId, attempt, app, environment, data, forgetServices = false, by }: JobMessage & Removal & { by: By },
): Promise<void> {
  const key = { app, environment }
  return withFencedEnvironment(ledger, { jobId, attempt, ...key }, async (tx, job, { currentRevision, pinnedBy }) => {
    if (forgetServices) await retireServices(tx, key)
    // A warm revision and a pin are only ever kept beside a current one.
    if (currentRevision === null) await forgetObservation(tx, key)
    else await empty(tx, key, currentRevision)
    if (currentRevision !== null && pinnedBy !== null) await unpin(tx, key, by, jobId)
    const revision = currentRevision ?? data?.revision
    if (revision === undefined) return
    const detail = { revision, ...(data ? { volumesRemoved: data.volumes } : {}) }
    await writeEvents(tx, job, [{ type: 'environment.removed', data: detail }])
    tx.record({ by, action: 'environment.removed', app, environment, jobId, detail })
  })
}

/** Records that replicas of a revision out of use, a failed deploy's or an ended colour's, were removed where no job is at work. */
export function recordSweep(
  ledger: Ledger,
  { app, environment, revision, by }: EnvironmentKey & { revision: number; by: By },
): Promise<void> {
  return transact(ledger, async (tx) => {
    tx.record({ by, action: 'environment.swept', app, environment, detail: { revision } })
  })
}

async function forgetObservation(tx: Transaction, key: EnvironmentKey): Promise<void> {
  await tx.db.update(environments).set({ observed: null, observedAt: null }).where(isEnvironment(key))
}

async function empty(tx: Transaction, key: EnvironmentKey, number: number): Promise<void> {
  await tx.db
    .update(revisions)
    .set({ state: 'retired' })
    .where(and(isRevision({ ...key, number }), eq(revisions.state, 'active')))
  await tx.db
    .update(environments)
    .set({ currentRevision: null, warm: [], observed: null, observedAt: null })
    .where(isEnvironment(key))
}
