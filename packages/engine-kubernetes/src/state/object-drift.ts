import { listVolumes } from '@stevedore/contract'
import type { Observation } from '@stevedore/engine'
import type { Kind, Manifest } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { nameClaim } from '../spec/claims.ts'
import { findDifferences } from '../spec/difference.ts'
import { isFields, showValue } from '../spec/fields.ts'
import { markFound, nameFiles, readFileMarks } from '../spec/files.ts'
import { belongsTo, keys } from '../spec/labels.ts'
import { nameObjects } from '../spec/names.ts'
import { isClosedIn, namePolicy } from '../spec/network-policy.ts'
import type { KubernetesPlace } from '../spec/place.ts'
import type { PlaceState } from './place-state.ts'
import { listServed } from './traffic.ts'
import { isReady } from './workload.ts'

type Drift = Observation['drift']
type Stamped = Pick<Manifest, 'metadata'> & { spec?: unknown }

interface OwnObject {
  kind: Kind
  name: string
  /** Where it depends on the cluster. */
  version?: string
}

/** What somebody did to the objects beside the K8sDeployment: one that is gone, one that was changed, a Service that leads nowhere. */
export async function findObjectDrift(
  reader: NamespaceReader,
  place: KubernetesPlace,
  state: PlaceState,
): Promise<Drift> {
  if (!state.main || state.main.revision === 0) return []
  const objects = await listOwn(reader, place, state)
  const found = await Promise.all(objects.map((one) => reader.get(one.kind, one.name, one.version)))
  const changed = objects.flatMap((one, index) => compare(place, one, found[index]))
  return [...changed, ...(await findFileDrift(reader, place, state.main.revision)), ...findDeadEnd(place, state)]
}

/** What a pod has of its files is not changed by this; what the next pod gets is. */
async function findFileDrift(reader: NamespaceReader, place: KubernetesPlace, revision: number): Promise<Drift> {
  // By their names alone: before a deploy has recorded its revision, what they hold may not be known.
  if (Object.keys(place.settings.files ?? {}).length === 0) return []
  const name = nameFiles(place, revision)
  const found = await reader.get('ConfigMap', name)
  if (!found) return [{ field: `ConfigMap ${name}`, wanted: 'present', found: 'absent' }]
  return readFileMarks(found).flatMap(([path, wanted]) => {
    const now = markFound(found, path)
    return now === wanted ? [] : [{ field: `ConfigMap ${name} file ${path}`, wanted, found: now ?? 'absent' }]
  })
}

/** Those that a deploy writes by itself; what manifests hold is known to the source alone. */
async function listOwn(reader: NamespaceReader, place: KubernetesPlace, state: PlaceState): Promise<OwnObject[]> {
  const { ingress, autoscale, manifests } = place.settings
  const { main, service, account } = nameObjects(place)
  const { policy, autoscaling } = await reader.readCapabilities()
  const own: OwnObject[] = [
    { kind: 'Service', name: service },
    { kind: 'ServiceAccount', name: account },
    { kind: 'PodDisruptionBudget', name: main, version: policy },
  ]
  const isOther = ({ kind, name }: OwnObject) =>
    state.strangers.some((one) => one.kind === kind && one.metadata.name === name)
  return [
    ...(state.adopted || manifests ? [] : own.filter((one) => !isOther(one))),
    ...(ingress && !manifests ? [{ kind: 'Ingress', name: main } as const] : []),
    ...(isClosedIn(place.settings) && state.main
      ? [{ kind: 'NetworkPolicy', name: namePolicy(place, state.main.revision) } as const]
      : []),
    ...(state.adopted ? [] : listClaims(place)),
    ...(autoscale ? [{ kind: 'HorizontalPodAutoscaler', name: main, version: autoscaling } as const] : []),
  ]
}

function listClaims(place: KubernetesPlace): OwnObject[] {
  return listVolumes(place.settings).map(({ name }) => ({
    kind: 'PersistentVolumeClaim',
    name: nameClaim(place, name),
  }))
}

/** Against what was applied last, which the object bears itself. One of others is used as it stands. */
function compare(place: KubernetesPlace, { kind, name }: OwnObject, found: Stamped | undefined): Drift {
  const object = `${kind} ${name}`
  if (!found) return [{ field: object, wanted: 'present', found: 'absent' }]
  if (!belongsTo(found, place)) return []
  return findChanges(found).map((one) => {
    return { field: `${object} ${one.field}`, wanted: showValue(one.wanted), found: showValue(one.found) }
  })
}

/**
 * What of an object is other than what was applied last, which it bears itself; nothing where that cannot be told. Where an autoscaler aims is
 * changed within each rollout, apart from the spec.
 */
export function findChanges(found: Stamped): ReturnType<typeof findDifferences> {
  const applied = readApplied(found.metadata.annotations?.[keys.applied])
  if (!applied) return []
  const { scaleTargetRef: _, ...wanted } = applied
  return findDifferences({ spec: wanted }, { spec: found.spec })
}

function readApplied(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null')
    return isFields(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Pods that are ready, and a Service that gives none of them a request. */
function findDeadEnd(place: KubernetesPlace, state: PlaceState): Drift {
  const ready = [state.main, state.next].flatMap((workload) => workload?.pods ?? []).filter(isReady)
  if (!state.service || ready.length === 0 || listServed(state).length > 0) return []
  return [{ field: `Service ${nameObjects(place).service}`, wanted: 'leads to its pods', found: 'leads to none' }]
}
