import type { Place } from '@stevedore/engine'
import { getEnvironment, getRevision, type Ledger } from '@stevedore/ledger'

/** An environment as its current revision set it; undefined where nothing was deployed. */
export async function openPlace(ledger: Ledger, app: string, environment: string): Promise<Place | undefined> {
  const record = await getEnvironment(ledger, app, environment)
  if (!record || record.currentRevision === null) return undefined
  const revision = await getRevision(ledger, app, environment, record.currentRevision)
  return revision && { app, environment, settings: revision.settings }
}
