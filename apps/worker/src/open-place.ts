import type { Place } from '@stevedore/engine'
import { findDeployed, type Ledger } from '@stevedore/ledger'

/**
 * An environment as its current revision set it or, where none serves, as the newest did that never came to; undefined where nothing was
 * deployed, or it was taken down.
 */
export async function openPlace(ledger: Ledger, app: string, environment: string): Promise<Place | undefined> {
  const revision = await findDeployed(ledger, { app, environment })
  if (!revision || revision.state === 'retired') return undefined
  return { app, environment, settings: revision.settings, scale: revision.scale }
}
