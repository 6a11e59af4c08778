import type { ReplicaCount } from '@stevedore/contract'
import type { EnvironmentRecord } from '@stevedore/ledger'

/** Those of a warm or a new colour do not count: the revision that serves is what may have fallen. */
export function countReplicas({ observed, currentRevision }: EnvironmentRecord): ReplicaCount | null {
  if (currentRevision === null || observed?.desiredReplicas === undefined) return null
  const own = observed.replicas.filter(({ revision, healthy }) => healthy && revision === currentRevision)
  return { healthy: own.length, desired: observed.desiredReplicas }
}
