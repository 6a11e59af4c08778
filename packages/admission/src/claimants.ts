import type { EnvironmentSpec } from '@stevedore/contract'
import { type Ledger, listApps, listRunning } from '@stevedore/ledger'

/** An environment with settings by which it takes ports and host names for itself. */
export interface Claimant {
  app: string
  environment: string
  settings: EnvironmentSpec
  /** It runs under these settings, or a job is bringing that about; otherwise its app's spec merely says so. */
  runs: boolean
  /** When the app's spec was declared; undefined for what runs. */
  declaredAt?: Date
}

/** All environments that run or are declared, each once for every settings that it has: what runs may differ from what the spec says by now. */
export async function readClaimants(ledger: Ledger): Promise<Claimant[]> {
  const [running, apps] = await Promise.all([listRunning(ledger), listApps(ledger)])
  const busy = new Set(running.filter(({ activeJobId }) => activeJobId !== null).map(nameOf))
  const declared = apps.flatMap(({ app, spec, declaredAt }) =>
    Object.entries(spec.environments).map(([environment, settings]) => {
      return { app, environment, settings, declaredAt, runs: busy.has(nameOf({ app, environment })) }
    }),
  )
  return [...running.flatMap(toClaimant), ...declared]
}

function nameOf({ app, environment }: { app: string; environment: string }): string {
  return `${app}/${environment}`
}

function toClaimant({ app, environment, settings }: Awaited<ReturnType<typeof listRunning>>[number]): Claimant[] {
  return settings ? [{ app, environment, settings, runs: true }] : []
}
