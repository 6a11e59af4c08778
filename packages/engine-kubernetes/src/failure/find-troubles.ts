import type { ClusterEvent, Pod } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { freshPods, freshReplicaSet, type Workload } from '../state/workload.ts'
import { findUnbound } from './judge-unbound.ts'
import { judgeUnscheduled } from './judge-unscheduled.ts'
import { allowForPullSecret, findPodTrouble, findPullTrouble, type Trouble } from './pod-trouble.ts'
import { classifyRefusal } from './translate.ts'
import { countFailedPulls, listEvents, listWarnings, tellWarnings } from './warnings.ts'

/** All that keeps the newest pods of a workload from being made or becoming ready. */
export async function findTroubles(
  reader: NamespaceReader,
  workload: Workload,
  healthDeadlineMs: number,
): Promise<Trouble[]> {
  const pods = await Promise.all(freshPods(workload).map((pod) => findTrouble(reader, pod, healthDeadlineMs)))
  return [findCreationTrouble(workload), ...pods].filter((trouble) => trouble !== undefined)
}

/** Why the cluster refuses to make pods at all: quota, admission, a ServiceAccount that is not there. */
function findCreationTrouble(workload: Workload): Trouble | undefined {
  const failure = freshReplicaSet(workload)?.status?.conditions?.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  )
  if (!failure) return undefined
  const summary = failure.message ?? 'the pods could not be created'
  const code = classifyRefusal(summary)
  // Pods that are leaving hold their quota until they are gone.
  return { code, summary, afterMs: code === 'quota-exceeded' ? 20_000 : 3_000 }
}

/** What keeps one pod from becoming ready, by its status and, where that says too little, by its events. */
export async function findTrouble(
  reader: NamespaceReader,
  pod: Pod,
  healthDeadlineMs: number,
): Promise<Trouble | undefined> {
  const trouble = findPodTrouble(pod, healthDeadlineMs)
  const unbound = await findUnbound(reader, pod, trouble)
  if (unbound) return unbound
  if (trouble?.code === 'unschedulable')
    return judgeUnscheduled(trouble, await listEvents(reader, pod.metadata), reader.nodeGraceMs)
  if (!trouble?.vague && trouble?.code !== 'registry-denied' && !isStuck(pod)) return trouble
  return refine(pod, trouble, await listWarnings(reader, pod.metadata))
}

/** Scheduled, but its containers are not being created. */
function isStuck({ status, spec }: Pod): boolean {
  const waiting = (status?.containerStatuses ?? []).map(({ state }) => state?.waiting?.reason)
  return spec.nodeName !== undefined && waiting.includes('ContainerCreating')
}

/**
 * What only a pod's events tell: why a pull failed once the kubelet has begun to wait before the next, which volume's ConfigMap
 * or Secret is not there, why no sandbox can be made.
 */
function refine(pod: Pod, trouble: Trouble | undefined, warnings: readonly ClusterEvent[]): Trouble | undefined {
  const { name } = pod.metadata
  const texts = tellWarnings(warnings)
  const pull = trouble?.vague && texts.findLast((text) => text.startsWith('Failed: Failed to pull image'))
  const known = pull ? { ...trouble, ...findPullTrouble('ImagePullBackOff', pull) } : trouble
  if (known?.code === 'registry-denied') return allowForPullSecret(known, pod, countFailedPulls(warnings))
  if (pull) return known
  const mount = texts.findLast((text) => /^FailedMount: .*not found/s.test(text))
  if (mount) return { code: 'config-missing', pod: name, summary: mount, afterMs: 0 }
  const sandbox = texts.findLast((text) => text.startsWith('FailedCreatePodSandBox'))
  if (sandbox) return { code: 'container-start-failed', pod: name, summary: sandbox, afterMs: 30_000 }
  return trouble
}
