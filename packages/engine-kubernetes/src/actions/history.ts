import type { ReplicaSet } from '../client/kinds.ts'
import { keys } from '../spec/labels.ts'
import { freshReplicaSet, readClusterRevision, type Workload } from '../state/workload.ts'
import type { Action } from './action.ts'

type NotedSet = Pick<ReplicaSet, 'metadata'>

/**
 * Makes `kubectl rollout history` say what the ledger says. The cluster numbers each change of the template by one more than the
 * highest it has, so a revision that failed or was returned to would shift all that follow. It only ever raises a number by
 * itself and leaves those of old ReplicaSets alone. A revision that failed is taken out: `kubectl rollout undo` would return to it.
 */
export async function keepHistory({ writer }: Action, main: Workload): Promise<void> {
  const fresh = freshReplicaSet(main)
  if (!fresh || main.revision === 0) return
  const failed = main.replicaSets.filter((set) => set !== fresh && hasFailed(set, main.revision))
  for (const { metadata } of failed) await writer.remove('ReplicaSet', metadata.name)
  const old = main.replicaSets.filter((set) => set !== fresh && !failed.includes(set))
  for (const { name, annotations } of planHistory(old, fresh))
    await writer.change('ReplicaSet', name, ({ metadata }) =>
      isAnnotated(metadata.annotations, annotations) ? undefined : { metadata: { annotations } },
    )
}

/** Newer than the revision that a deploy ended with, without pods, and none ever ended with it. */
function hasFailed({ metadata, spec, status }: ReplicaSet, stable: number): boolean {
  const { [keys.revision]: revision, [keys.finalized]: mark } = metadata.annotations ?? {}
  return Number(revision ?? 0) > stable && mark === undefined && spec.replicas === 0 && status?.replicas === 0
}

/** The annotations that each ReplicaSet should have: old ones first, since the fresh one takes its number only as the highest. */
export function planHistory(
  old: readonly NotedSet[],
  fresh: NotedSet,
): { name: string; annotations: Record<string, string> }[] {
  const highest = Math.max(0, ...old.map(numberOf))
  const plans = old.map((set) => ({ set, annotations: { [keys.clusterRevision]: String(numberOf(set)) } }))
  const last = { [keys.clusterRevision]: String(Math.max(ownNumber(fresh), highest + 1)), [keys.finalized]: 'true' }
  return [...plans, { set: fresh, annotations: last }]
    .filter(({ set, annotations }) => !isAnnotated(set.metadata.annotations, annotations))
    .map(({ set, annotations }) => ({ name: set.metadata.name, annotations }))
}

/** The ledger's number, where the ReplicaSet is a revision of it. */
function ownNumber({ metadata }: NotedSet): number {
  return Number(metadata.annotations?.[keys.revision] ?? 0)
}

function numberOf(set: NotedSet): number {
  return ownNumber(set) || readClusterRevision(set)
}

function isAnnotated(found: Record<string, string> = {}, wanted: Record<string, string>): boolean {
  return Object.entries(wanted).every(([key, value]) => found[key] === value)
}
