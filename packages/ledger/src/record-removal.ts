import type { JobMessage } from '@stevedore/contract'
import { and, eq } from 'drizzle-orm'
import type { By } from './audit/append-audit.ts'
import { writeEvents } from './events.ts'
import { withFencedEnvironment } from './fence.ts'
import type { Ledger } from './ledger.ts'
import { type EnvironmentKey, isEnvironment } from './line.ts'
import { isRevision } from './revisions.ts'
import { environments } from './schema/environments.ts'
import { revisions } from './schema/revisions.ts'
import { unpin } from './unpin.ts'

/**
 * Records that an environment runs nothing: no current revision, no warm one, no pin, and nothing that was seen. Its history stays. A repeat
 * changes nothing. Throws StaleFenceError.
 */
export function recordRemoval(ledger: Ledger, o: JobMessage & EnvironmentKey & { by: By }): Promise<void> {
  const { app, environment, jobId, by } = o
  return withFencedEnvironment(ledger, o, async (tx, job, place) => {
    const number = place.currentRevision
    // A warm revision, a pin and an observation are only ever kept beside a current one.
    if (number === null) return
    await tx.db
      .update(revisions)
      .set({ state: 'retired' })
      .where(and(isRevision({ app, environment, number }), eq(revisions.state, 'active')))
    await tx.db
      .update(environments)
      .set({ currentRevision: null, warm: [], observed: null, observedAt: null })
      .where(isEnvironment(o))
    if (place.pinnedBy !== null) await unpin(tx, o, by, jobId)
    await writeEvents(tx, job, [{ type: 'environment.removed', data: { revision: number } }])
    tx.record({ by, action: 'environment.removed', app, environment, jobId, detail: { revision: number } })
  })
}
