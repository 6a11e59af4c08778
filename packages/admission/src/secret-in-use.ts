import { type AppSpec, listServiceSecrets, ProblemError, type SecretScope } from '@stevedore/contract'
import { type Ledger, listApps, listSecrets, type SecretRecord } from '@stevedore/ledger'

/** Throws ProblemError `in-use` when a declared app would miss the secret: it is named there, and no other of that name holds there. */
export async function refuseInUse(ledger: Ledger, name: string, scope: SecretScope): Promise<void> {
  const [apps, stored] = await Promise.all([listApps(ledger), listSecrets(ledger, {})])
  const named = stored.filter((secret) => secret.name === name)
  const removed = named.find((secret) => isAt(secret, scope))
  if (!removed) return
  const others = named.filter((secret) => secret !== removed)
  for (const { spec } of apps)
    for (const environment of listUses(spec, name)) {
      const holdsThere = (secret: SecretRecord) => holds(secret, spec.app, environment)
      if (holdsThere(removed) && !others.some(holdsThere))
        throw new ProblemError('in-use', `The spec of ${[spec.app, environment].filter(Boolean).join(' ')} names it.`)
    }
}

function isAt(secret: SecretRecord, { app, environment }: SecretScope): boolean {
  return secret.app === (app ?? null) && secret.environment === (environment ?? null)
}

/** The environments whose settings name a secret; null for what concerns the app as a whole. */
function listUses({ source, build, image, environments }: AppSpec, name: string): (string | null)[] {
  const ofApp = [source.credential, image.credential, ...build.secrets].includes(name) ? [null] : []
  const named = Object.entries(environments).filter(([, settings]) =>
    [...settings.secrets, ...listServiceSecrets(settings)].includes(name),
  )
  return [...ofApp, ...named.map(([environment]) => environment)]
}

/** Whether a stored value is what an app reads, for one of its environments or, with null, as a whole. */
export function holds(secret: SecretRecord, app: string, environment: string | null): boolean {
  return (secret.app ?? app) === app && (secret.environment ?? environment) === environment
}
