import type { V1HostAlias } from '@kubernetes/client-node'
import { listServices } from '@stevedore/contract'
import type { Observation, ServiceSight } from '@stevedore/engine'
import { ApiError } from '../client/api-error.ts'
import type { Pod, StatefulSet } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { describePod } from '../failure/pod-trouble.ts'
import { buildAliases, companionLabels, nameCompanion } from '../spec/companions.ts'
import { showValue } from '../spec/fields.ts'
import { belongsTo, keys, objectLabels } from '../spec/labels.ts'
import type { KubernetesPlace } from '../spec/place.ts'
import { findChanges } from './object-drift.ts'
import type { PlaceState } from './place-state.ts'
import { isReady, type Workload } from './workload.ts'

/** A companion as the cluster shows it. */
export interface Companion {
  name: string
  /** Absent where nothing but pods is left of it. */
  set: StatefulSet | undefined
  /** Those that are leaving as well. */
  pods: Pod[]
}

/** All that there is of a place's companions, those that have left its settings among them. */
export async function readCompanions(reader: NamespaceReader, place: KubernetesPlace): Promise<Companion[]> {
  const [sets, pods] = await Promise.all([
    listSets(reader, place),
    reader.list('Pod', { labels: companionLabels(place) }),
  ])
  const names = new Set([...sets, ...pods].map(nameOf).filter((name) => name !== undefined))
  return [...names].toSorted().map((name) => ({
    name,
    set: sets.find((one) => nameOf(one) === name),
    pods: pods.filter((one) => nameOf(one) === name),
  }))
}

function nameOf({ metadata }: Pick<Pod, 'metadata'>): string | undefined {
  return metadata.labels?.[keys.service]
}

async function listSets(reader: NamespaceReader, place: KubernetesPlace): Promise<StatefulSet[]> {
  try {
    const found = await reader.list('StatefulSet', { labels: objectLabels(place) })
    return found.filter((one) => nameOf(one) !== undefined)
  } catch (error) {
    // A Role from before there were companions does not let it look: then Stevedore made none there.
    const isUnasked = !place.service && listServices(place.settings).length === 0
    if (isUnasked && error instanceof ApiError && error.status === 403) return []
    throw error
  }
}

export function revisionOfSet({ metadata }: StatefulSet): number {
  return Number(metadata.labels?.[keys.revision] ?? 0)
}

/** A companion as an observation has it: its pod, else what is to bring one; beside it what still ends. */
export function seeCompanions(companions: readonly Companion[]): Pick<Observation, 'services'> {
  const services = companions.flatMap((one) => [...seeSet(one), ...one.pods.filter(isLeaving).map((pod) => see(pod))])
  return services.length > 0 ? { services } : {}
}

export function isLeaving({ metadata }: Pick<Pod, 'metadata'>): boolean {
  return metadata.deletionTimestamp !== undefined
}

function seeSet({ name, set, pods }: Companion): ServiceSight[] {
  const present = pods.filter((pod) => !isLeaving(pod)).map((pod) => see(pod))
  if (present.length > 0 || !set) return present
  const image = set.spec.template.spec.containers[0]?.image ?? ''
  return [{ name, revision: revisionOfSet(set), image, healthy: false, state: 'Pending', reason: 'has no pod' }]
}

function see(pod: Pod): ServiceSight {
  const { metadata, spec, status } = pod
  const reason = isLeaving(pod) ? 'told to end' : describePod(pod)
  return {
    name: nameOf(pod) ?? '',
    revision: Number(metadata.labels?.[keys.revision] ?? 0),
    image: spec.containers[0]?.image ?? '',
    healthy: isReady(pod),
    state: isLeaving(pod) ? 'leaving' : (status?.phase ?? 'Unknown'),
    ...(reason === undefined ? {} : { reason }),
    ...(spec.nodeName === undefined ? {} : { host: spec.nodeName }),
  }
}

/** Companions of the settings that do not run, or not as they were made, or under another address than the app's pods have. */
export async function findCompanionDrift(
  reader: NamespaceReader,
  place: KubernetesPlace,
  { main }: PlaceState,
  companions: readonly Companion[],
): Promise<Observation['drift']> {
  if (!main || main.revision === 0) return []
  const drift = listServices(place.settings).map(async ({ name, port }) => {
    const found = companions.find((one) => one.name === name)
    if (!found?.set) return [{ field: `service ${name}`, wanted: 'running', found: 'absent' }]
    const address = port === undefined ? [] : await findAddressDrift(reader, place, name, main)
    return [...compareSet(found.set), ...address]
  })
  return (await Promise.all(drift)).flat()
}

function compareSet(set: StatefulSet): Observation['drift'] {
  return findChanges(set).map(({ field, wanted, found }) => {
    const object = `StatefulSet ${set.metadata.name}`
    return { field: `${object} ${field}`, wanted: showValue(wanted), found: showValue(found) }
  })
}

/** A Service that was made anew has another address than the one that stands in the pods. */
async function findAddressDrift(
  reader: NamespaceReader,
  place: KubernetesPlace,
  name: string,
  main: Workload,
): Promise<Observation['drift']> {
  const called = nameCompanion(place, name)
  const service = await reader.get('Service', called)
  if (!service) return [{ field: `Service ${called}`, wanted: 'present', found: 'absent' }]
  const aliases = main.deployment.spec.template.spec.hostAliases ?? []
  const known = aliases.find(({ hostnames = [] }) => hostnames.includes(name))
  if (!known || known.ip === service.spec.clusterIP) return []
  return [{ field: `address of ${name}`, wanted: service.spec.clusterIP ?? 'none', found: known.ip ?? 'none' }]
}

/** Where the companions of the settings, or those beside one, are found by their names: of those that are there. */
export async function readAliases(reader: NamespaceReader, place: KubernetesPlace): Promise<V1HostAlias[]> {
  const found = await Promise.all(
    (place.service?.beside ?? listServices(place.settings)).map(async ({ name }) => ({
      name,
      service: await reader.get('Service', nameCompanion(place, name)),
    })),
  )
  return buildAliases(
    found.flatMap(({ name, service }) => (service && belongsTo(service, place) ? [{ name, service }] : [])),
  )
}
