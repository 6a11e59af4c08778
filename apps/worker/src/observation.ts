import type { ObservationView } from '@stevedore/contract'
import type { Observation } from '@stevedore/engine'

/** What was seen of an environment, in the form in which the ledger keeps it and the API shows it. */
export function viewObservation({ replicas, traffic, drift, address }: Observation): ObservationView {
  return {
    replicas: replicas.map(({ name, revision, healthy, state, reason, host }) => {
      return { name, revision, healthy, state, reason: reason ?? null, host: host ?? null }
    }),
    traffic,
    drift,
    address: address ?? null,
  }
}
