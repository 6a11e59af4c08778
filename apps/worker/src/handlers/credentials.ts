import { FailureError } from '@stevedore/contract'
import type { RegistryCredential } from '@stevedore/engine'
import { readSecrets } from '@stevedore/ledger'
import type { Run } from '../executor/run.ts'

/** Values of stored secrets, hidden from the job's output from now on. Throws FailureError `secret-missing` naming those without a value. */
export async function revealSecrets(
  run: Run,
  names: readonly string[],
  environment?: string,
): Promise<Record<string, string>> {
  if (names.length === 0) return {}
  const values = await readSecrets(run.worker.ledger, { names, app: run.job.app, environment })
  run.hide(Object.values(values))
  const missing = names.filter((name) => values[name] === undefined)
  if (missing.length === 0) return values
  throw new FailureError('secret-missing', { diagnosis: `not stored: ${missing.join(', ')}` })
}

/** The stored sign-in of the app's registry, `user:password`; undefined when the spec names none. */
export async function revealRegistryCredential(run: Run): Promise<RegistryCredential | undefined> {
  const name = run.spec.image.credential
  if (!name) return undefined
  const value = (await revealSecrets(run, [name]))[name] ?? ''
  const colon = value.indexOf(':')
  if (colon < 1)
    throw new FailureError('registry-denied', { diagnosis: `the secret ${name} is not of the form user:password` })
  const password = value.slice(colon + 1)
  run.hide([password])
  return { username: value.slice(0, colon), password }
}
