import type { Deployment, Kind, Manifest, ObjectOfKind } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { belongsTo, isOfAnother, isStevedores, placeLabels } from '../spec/labels.ts'
import { nameObjects, type Slot } from '../spec/names.ts'
import { argoStrategy, type KubernetesPlace } from '../spec/place.ts'
import { collectWorkload, type Workload } from './workload.ts'

/** A place as the cluster shows it at one moment: all decisions are derived from it, none from memory. */
export interface PlaceState {
  main: Workload | undefined
  next: Workload | undefined
  /** `main` was made by others, and not for another place. */
  adopted: boolean
  /** What has a name that this place needs, and is another's. It is left alone. */
  strangers: Pick<Manifest, 'kind' | 'metadata'>[]
  /** A `Rollout` of Argo's has ReplicaSets here. */
  argo: boolean
  service: ObjectOfKind['Service'] | undefined
  endpoints: ObjectOfKind['Endpoints'] | undefined
}

export async function readPlaceState(reader: NamespaceReader, place: KubernetesPlace): Promise<PlaceState> {
  const names = nameObjects(place)
  const [ofMain, ofNext, ofService, endpoints] = await Promise.all([
    argoStrategy(place) ? getRollout(reader, names.main) : reader.get('Deployment', names.main),
    reader.get('Deployment', names.next),
    reader.get('Service', names.service),
    reader.get('Endpoints', names.service),
  ])
  const strangers: PlaceState['strangers'] = []
  const keep = <T extends Pick<Manifest, 'metadata'>>(kind: Kind, found: T | undefined, isOther = isOfAnother) => {
    if (!found || !isOther(found, place)) return found
    strangers.push({ kind, metadata: found.metadata })
    return undefined
  }
  const main = keep('Deployment', ofMain)
  // Nothing beside `main` is ever adopted.
  const next = keep('Deployment', ofNext, (object) => !belongsTo(object, place))
  const service = keep('Service', ofService)
  const adopted = main !== undefined && !isStevedores(main)
  const labels = adopted ? (main.spec.selector.matchLabels ?? {}) : placeLabels(place)
  const [replicaSets, pods] = await Promise.all([reader.list('ReplicaSet', { labels }), reader.list('Pod', { labels })])
  const collect = (slot: Slot, deployment: Deployment | undefined) =>
    deployment && collectWorkload(slot, deployment, replicaSets, pods)
  const argo = replicaSets.some(({ metadata }) => metadata.ownerReferences?.some(({ kind }) => kind === 'Rollout'))
  const workloads = { main: collect('main', main), next: collect('next', next) }
  return { ...workloads, adopted, strangers, argo, service, endpoints: service && endpoints }
}

/** As far as it is looked at, a `Rollout` has the fields of a K8sDeployment. */
async function getRollout(reader: NamespaceReader, name: string): Promise<Deployment | undefined> {
  const { argo } = await reader.readCapabilities()
  const rollout = argo ? await reader.get('Rollout', name) : undefined
  if (!rollout) return undefined
  const { metadata, spec } = rollout
  const observed = Number(rollout.status?.observedGeneration ?? 0)
  return {
    metadata,
    spec: { replicas: spec.replicas, selector: spec.selector, template: spec.template },
    status: { observedGeneration: observed },
  }
}

export function listWorkloads({ main, next }: PlaceState): Workload[] {
  return [main, next].filter((workload) => workload !== undefined)
}
