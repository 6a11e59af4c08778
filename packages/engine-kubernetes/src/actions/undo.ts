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
    .filter((set) => set !== fresh)
    .sort((a, b) => readClusterRevision(b) - readClusterRevision(a))
  const serving = older.find((set) => main.pods.some((pod) => isReady(pod) && isOwnedBy(pod, set.metadata.uid)))
  return serving ?? (adopted ? older[0] : undefined)
}

/** Does what `kubectl rollout undo` does, and waits for it: no release and no secrets are needed. */
export async function undo(action: Action, target: ReplicaSet): Promise<void> {
  const { place, writer } = action
  const noted = target.metadata.annotations ?? {}
  const revision = noted[keys.revision] ?? '0'
  const restored = [keys.revision, keys.applied, keys.changeCause].map((key) => [key, noted[key] ?? null])
  const patch = {
    metadata: { labels: { [keys.revision]: revision }, annotations: Object.fromEntries(restored) },
    spec: { template: { $patch: 'replace', ...dropHash(target.spec.template) } },
  }
  await writer.change(
    'Deployment',
    nameDeployment(place, 'main'),
    ({ metadata }) => (metadata.labels?.[keys.revision] === revision ? undefined : patch),
    true,
  )
  const isDone = (found: Workload) => found.revision === Number(revision) && isRolledOut(found)
  await awaitWorkload(action, 'main', isDone)
  await awaitServed(action)
}
