import { FailureError, findUnknownUser } from '@stevedore/contract'
import type { Place } from '../deploy-engine.ts'

/** A name may stand for root, so that only a number runs. @throws FailureError `user-unknown` */
export function requireKnownUser({ settings }: Pick<Place, 'settings'>): void {
  const name = findUnknownUser(settings)
  if (name === undefined) return
  const diagnosis = `the image runs as "${name}", and no number was found for it in the image's /etc/passwd`
  throw new FailureError('user-unknown', { diagnosis })
}
