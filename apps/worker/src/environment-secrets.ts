import { type Ledger, listGivenSecrets, openSecretValues } from '@stevedore/ledger'
import { createRedactor, type Redactor } from '@stevedore/telemetry'

interface Place {
  app: string
  environment: string
}

/**
 * Masks what the apps of an environment were given as secrets. A revision records them before its first replica starts: what is asked for
 * after a text was there knows of all that it may hold.
 */
export function openEnvironmentRedactor(ledger: Ledger, place: Place): () => Promise<Redactor> {
  let known = ''
  let redactor = createRedactor([])
  return async () => {
    const given = await listGivenSecrets(ledger, { app: place.app, environment: place.environment })
    const now = JSON.stringify(given)
    if (now === known) return redactor
    redactor = createRedactor(await openSecretValues(ledger, given))
    known = now
    return redactor
  }
}
