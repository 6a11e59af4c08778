import { type EnvironmentSpec, listProcesses, listVolumes, type ObservationView } from '@stevedore/contract'
import type { Observation, ServiceSight } from '@stevedore/engine'
import type { EnvironmentRecord } from '@stevedore/ledger'

/**
 * What was seen of an environment with these settings, in the form in which the ledger keeps it and the API shows it.
 * @param redact what an app says of itself may hold its secrets
 */
export function viewObservation(
  seen: Observation,
  settings: EnvironmentSpec,
  redact: (text: string) => string,
): ObservationView {
  const { replicas, traffic, drift, address, size, beside = 0, services = [] } = seen
  return {
    replicas: replicas.map(({ name, revision, healthy, state, reason, host, process }) => {
      return {
        name,
        revision,
        healthy,
        state,
        reason: reason === undefined ? null : redact(reason),
        host: host ?? null,
        ...(process !== undefined && { process }),
      }
    }),
    traffic,
    drift,
    address: address ?? null,
    ...(services.length > 0 && { services: services.map((one) => viewService(one, redact)) }),
    desiredReplicas: (size ?? settings.replicas * countHosts(settings)) + countOfProcesses(settings) + beside,
  }
}

function viewService(
  { name, revision, image, healthy, state, reason, host }: ServiceSight,
  redact: (text: string) => string,
) {
  const told = reason === undefined ? null : redact(reason)
  return { name, revision, image, healthy, state, reason: told, host: host ?? null }
}

/**
 * The same with what the ledger makes of it told as drift: that what should run is not there at all, or that something runs which this
 * ledger cannot have brought there, since it may be an older copy of the one that did.
 */
export function compareToLedger(view: ObservationView, known: LedgerFacts | undefined): ObservationView {
  const { currentRevision = null, lastRevision = 0 } = known ?? {}
  const present = new Set(view.replicas.filter(({ state }) => state !== 'leaving').map(({ revision }) => revision))
  const newer = [...present].filter((revision) => revision > lastRevision)
  const serving = view.replicas.filter(({ state, process }) => state !== 'leaving' && process === undefined)
  const isGone = currentRevision !== null && !serving.some(({ revision }) => revision === currentRevision)
  return {
    ...view,
    drift: [
      ...(isGone ? [{ field: `revision ${currentRevision}`, wanted: 'running', found: 'absent' }] : []),
      ...newer.map((found) => ({ field: 'revision', wanted: `at most ${lastRevision}`, found: String(found) })),
      ...view.drift,
    ],
  }
}

type LedgerFacts = Pick<EnvironmentRecord, 'currentRevision' | 'lastRevision'>

function countOfProcesses(settings: EnvironmentSpec): number {
  const each = listProcesses(settings).reduce((sum, { replicas }) => sum + replicas, 0)
  return each * countHosts(settings)
}

/** Each has the replicas of the settings. What has a volume is where that is, on one of them. */
export function countHosts(settings: EnvironmentSpec): number {
  if (settings.engine !== 'docker' || listVolumes(settings).length > 0) return 1
  return settings.hosts?.length ?? 1
}
