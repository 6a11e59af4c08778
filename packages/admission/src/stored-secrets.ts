import type { AppSpec, Fault } from '@stevedore/contract'
import { type Ledger, listSecrets, readSecrets } from '@stevedore/ledger'

/** Shorter values turn up by chance. */
const shortestSecret = 8

/** Build arguments whose value is a secret stored for the app or for all: in an image's history all could read it. */
export async function findStoredSecrets(ledger: Ledger, spec: AppSpec): Promise<Fault[]> {
  const args = Object.entries(spec.build.args).filter(([, value]) => value.length >= shortestSecret)
  if (args.length === 0) return []
  const stored = await readValues(ledger, spec)
  return args
    .filter(([, value]) => stored.has(value))
    .map(([name]) => ({
      path: ['build', 'args', name],
      code: 'use-build-secret',
      message: 'is the value of a stored secret: list the secret under build.secrets',
    }))
}

async function readValues(ledger: Ledger, { app, environments }: AppSpec): Promise<Set<string>> {
  const stored = (await listSecrets(ledger, {})).filter((secret) => secret.app === null || secret.app === app)
  const names = [...new Set(stored.map(({ name }) => name))]
  if (names.length === 0) return new Set()
  const scopes = [undefined, ...Object.keys(environments)]
  const values = await Promise.all(scopes.map((environment) => readSecrets(ledger, { names, app, environment })))
  return new Set(values.flatMap((found) => Object.values(found)))
}
