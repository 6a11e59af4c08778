import type { MergePatch } from '../client/cluster.ts'
import type { ReplicaSet } from '../client/kinds.ts'
import { keys } from '../spec/labels.ts'
import { nameDeployment } from '../spec/names.ts'
import {
  dropHash,
  freshReplicaSet,
  isOwnedBy,
  isReady,
  isRolledOut,
  readClusterRevision,
  type Workload,
} from '../state/workload.ts'
import type { Action } from './action.ts'
import { awaitWorkload } from './await-workload.ts'
import { awaitServed } from './route.ts'

/**
 * What `main` must return to rather than be emptied: an older ReplicaSet whose pods still serve, as after a rolling update that
 * failed, or the template that an adopted K8sDeployment had before.
 */
export function findReturn(main: Workload, adopted: boolean): ReplicaSet | undefined {
  const fresh = freshReplicaSet(main)
  const older = main.replicaSets
    // One of the same revision is from before a restart of its pods.
    .filter((set) => set !== fresh && set.metadata.annotations?.[keys.revision] !== String(main.revision))
    .sort((a, b) => readClusterRevision(b) - readClusterRevision(a))
  const serving = older.find((set) => main.pods.some((pod) => isReady(pod) && isOwnedBy(pod, set.metadata.uid)))
  return serving ?? (adopted ? older[0] : undefined)
}

/** Does what `kubectl rollout undo` does, and waits for it: no release and no secrets are needed. */
export async function undo(action: Action, target: ReplicaSet): Promise<void> {
  const { place, writer } = action
  const revision = target.metadata.annotations?.[keys.revision] ?? '0'
  await writer.change(
    'Deployment',
    nameDeployment(place, 'main'),
    ({ metadata }) => (metadata.labels?.[keys.revision] === revision ? undefined : buildReturn(target, revision)),
    true,
  )
  await awaitWorkload(action, 'main', (found) => found.revision === Number(revision) && isRolledOut(found))
  await awaitServed(action)
}

/** The template of an earlier revision with what is noted of it, as a strategic merge patch. */
function buildReturn({ metadata: { annotations = {} }, spec }: ReplicaSet, revision: string): MergePatch {
  const restored = [keys.revision, keys.applied, keys.beside, keys.changeCause].map((key) => [
    key,
    annotations[key] ?? null,
  ])
  return {
    metadata: { labels: { [keys.revision]: revision }, annotations: Object.fromEntries(restored) },
    spec: { template: { $patch: 'replace', ...dropHash(spec.template) } },
  }
}
