import type { ReplicaSet } from '../client/kinds.ts'
import { keys, objectLabels } from '../spec/labels.ts'
import type { Slot } from '../spec/names.ts'
import { isEnvSecret } from '../spec/secret.ts'
import { hasConfigMaps, hasPolicies } from '../state/rights.ts'
import { freshReplicaSet, listSecrets, type Workload } from '../state/workload.ts'
import { awaitState, type ReleaseAction } from './action.ts'
import { refer } from './refer.ts'

/**
 * A restart gives a revision another ReplicaSet, and what is kept with a revision goes with its ReplicaSet: with the new one as well, before
 * the cluster lets go of the old one, which manifests may have it do at once.
 */
export async function inheritMemory(action: ReleaseAction, slot: Slot): Promise<void> {
  const { place, writer } = action
  const state = await awaitState(action, ({ [slot]: found }) => !found || freshReplicaSet(found) !== undefined)
  const workload = state[slot]
  const set = workload && freshReplicaSet(workload)
  if (!set) return
  for (const secret of listSecrets(workload.deployment).filter((one) => isEnvSecret(place, one)))
    await writer.own('Secret', secret, refer(set))
  await ownKept(action, set)
  if (hasEnded(workload)) await noteAsEnded(action, set)
}

async function ownKept({ place, writer }: ReleaseAction, set: ReplicaSet): Promise<void> {
  const kinds = [
    ...(hasPolicies(place) ? (['NetworkPolicy'] as const) : []),
    ...(hasConfigMaps(place) ? (['ConfigMap'] as const) : []),
  ]
  for (const kind of kinds)
    for (const { metadata } of await writer.list(kind, { labels: objectLabels(place) }))
      if (metadata.labels?.[keys.revision] === String(place.revision) && metadata.ownerReferences)
        await writer.own(kind, metadata.name, refer(set))
}

/** A deploy ended with its revision. */
function hasEnded({ replicaSets, revision }: Workload): boolean {
  return replicaSets.some(({ metadata: { annotations = {} } }) => {
    return annotations[keys.revision] === String(revision) && annotations[keys.finalized] !== undefined
  })
}

/** Else a way back to the revision before would take it for one that failed. */
async function noteAsEnded({ writer }: ReleaseAction, { metadata: { name } }: ReplicaSet): Promise<void> {
  await writer.change('ReplicaSet', name, ({ metadata }) =>
    metadata.annotations?.[keys.finalized] ? undefined : { metadata: { annotations: { [keys.finalized]: 'true' } } },
  )
}
