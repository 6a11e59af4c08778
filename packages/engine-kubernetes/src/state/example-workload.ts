import type { Deployment, Pod, PodTemplate, ReplicaSet } from '../client/kinds.ts'
import type { Slot } from '../spec/names.ts'
import type { PlaceState } from './place-state.ts'
import type { Workload } from './workload.ts'

/** Objects for unit tests, as small as they may be. */
export function exampleTemplate(labels: Record<string, string> = {}, image = 'web:1'): PodTemplate {
  return { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } }
}

export function exampleDeployment(template: PodTemplate): Deployment {
  return { metadata: { name: 'shop' }, spec: { selector: {}, template } }
}

export function exampleReplicaSet(
  uid: string,
  template: PodTemplate,
  metadata: { labels?: Record<string, string>; annotations?: Record<string, string> } = {},
): ReplicaSet {
  return { metadata: { name: uid, uid, ...metadata }, spec: { selector: {}, template } }
}

/** @param owner the `uid` of its ReplicaSet */
export function examplePod(name: string, owner: string, labels: Record<string, string> = {}, ready = true): Pod {
  const owned = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner, controller: true }
  return {
    metadata: { name, ownerReferences: [owned], labels },
    spec: { containers: [] },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  }
}

export function exampleState(workloads: Partial<Record<Slot, Workload>>, more: Partial<PlaceState> = {}): PlaceState {
  const nothing = { main: undefined, next: undefined, service: undefined, endpoints: undefined }
  return { ...nothing, adopted: false, strangers: [], argo: false, ...workloads, ...more }
}
