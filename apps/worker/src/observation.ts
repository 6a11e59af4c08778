import type { EnvironmentSpec, ObservationView } from '@stevedore/contract'
import type { Observation } from '@stevedore/engine'

/**
 * What was seen of an environment with these settings, in the form in which the ledger keeps it and the API shows it.
 * @param redact what an app says of itself may hold its secrets
 */
export function viewObservation(
  seen: Observation,
  settings: EnvironmentSpec,
  redact: (text: string) => string,
): ObservationView {
  const { replicas, traffic, drift, address, size } = seen
  return {
    replicas: replicas.map(({ name, revision, healthy, state, reason, host }) => {
      return {
        name,
        revision,
        healthy,
        state,
        reason: reason === undefined ? null : redact(reason),
        host: host ?? null,
      }
    }),
    traffic,
    drift,
    address: address ?? null,
    desiredReplicas: size ?? settings.replicas * countHosts(settings),
  }
}

/** The same with what this ledger cannot have brought there told as drift: it may be an older copy of the one that did. */
export function tellNewer(view: ObservationView, lastRevision: number): ObservationView {
  const newer = new Set(view.replicas.map(({ revision }) => revision).filter((revision) => revision > lastRevision))
  const drift = [...newer].map((revision) => {
    return { field: 'revision', wanted: `at most ${lastRevision}`, found: String(revision) }
  })
  return { ...view, drift: [...view.drift, ...drift] }
}

/** Each has the replicas of the settings. */
export function countHosts(settings: EnvironmentSpec): number {
  return settings.engine === 'docker' ? (settings.hosts?.length ?? 1) : 1
}
