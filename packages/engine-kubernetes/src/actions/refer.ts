import type { V1OwnerReference } from '@kubernetes/client-node'
import type { ReplicaSet } from '../client/kinds.ts'

/** As the owner of what goes with it. */
export function refer({ metadata: { name, uid = '' } }: ReplicaSet): V1OwnerReference {
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid }
}
