import type { EnvironmentView } from '@stevedore/contract'
import type { Observation } from '@stevedore/engine'
import { type Ledger, recordObservation } from '@stevedore/ledger'

/** Keeps what was seen of an environment, in the form in which the API shows it. */
export function keepObservation(
  ledger: Ledger,
  key: { app: string; environment: string },
  seen: Observation,
): Promise<void> {
  return recordObservation(ledger, { ...pickKey(key), observed: viewObservation(seen) })
}

const pickKey = ({ app, environment }: { app: string; environment: string }) => ({ app, environment })

function viewObservation(seen: Observation): Omit<NonNullable<EnvironmentView['observed']>, 'at'> {
  return {
    replicas: seen.replicas.map(({ name, revision, healthy, state, reason, host }) => ({
      name,
      revision,
      healthy,
      state,
      reason: reason ?? null,
      host: host ?? null,
    })),
    traffic: seen.traffic,
    drift: seen.drift,
    address: seen.address ?? null,
  }
}
