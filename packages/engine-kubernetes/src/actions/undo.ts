import type { V1ReplicaSet } from '@kubernetes/client-node'
import { keys, nameSlot } from '../spec/names.ts'
import { clusterRevision, freshReplicaSet, isOwnedBy, isReady, isRolledOut, type Slot } from '../state/place-state.ts'
import type { Work } from './action.ts'
import { awaitSlot } from './await-workload.ts'
import { awaitServed } from './select.ts'

/**
 * What `main` must return to rather than be emptied: an older ReplicaSet whose pods still serve, as after a rolling update that
 * failed, or the template that an adopted K8sDeployment had before.
 */
export function findReturn(main: Slot, adopted: boolean): V1ReplicaSet | undefined {
  const fresh = freshReplicaSet(main)
  const older = main.replicaSets.filter((set) => set !== fresh).sort((a, b) => numberOf(b) - numberOf(a))
  const serving = older.find((set) => main.pods.some((pod) => isReady(pod) && isOwnedBy(pod, set.metadata?.uid)))
  return serving ?? (adopted ? older[0] : undefined)
}

function numberOf({ metadata }: V1ReplicaSet): number {
  return Number(metadata?.annotations?.[clusterRevision] ?? 0)
}

/** Does what `kubectl rollout undo` does, and waits for it: no release and no secrets are needed. */
export async function undo(work: Work, target: V1ReplicaSet): Promise<void> {
  const { place, writer } = work
  const { [keys.templateHash]: _, ...labels } = target.spec?.template?.metadata?.labels ?? {}
  const template = { ...target.spec?.template, metadata: { ...target.spec?.template?.metadata, labels } }
  const noted = target.metadata?.annotations ?? {}
  const revision = noted[keys.revision] ?? '0'
  const annotations = Object.fromEntries(
    [keys.revision, keys.applied, keys.changeCause].map((key) => [key, noted[key] ?? null]),
  )
  const metadata = { labels: { [keys.revision]: revision }, annotations }
  await writer.change(
    'Deployment',
    nameSlot(place, 'main'),
    (found) =>
      found.metadata?.labels?.[keys.revision] === revision
        ? undefined
        : { metadata, spec: { template: { $patch: 'replace', ...template } } },
    true,
  )
  await awaitSlot(work, 'main', (slot) => slot.revision === Number(revision) && isRolledOut(slot))
  await awaitServed(work)
}
