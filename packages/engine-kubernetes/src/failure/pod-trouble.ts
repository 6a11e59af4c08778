import type { V1ContainerStatus } from '@kubernetes/client-node'
import type { FailureCode } from '@stevedore/contract'
import type { Pod } from '../client/kinds.ts'
import { isReady } from '../state/workload.ts'
import { findMemoryLimit } from './explain-memory.ts'

/** What keeps a pod from becoming ready. */
export interface Trouble {
  code: FailureCode
  /** `exited with code 3 (CrashLoopBackOff)` */
  summary: string
  pod?: string
  container?: string
  /** Where the output that says why is: of the running container, or of the one before it. */
  output?: 'current' | 'previous'
  /** Its events may tell more. */
  vague?: boolean
  /** What is on its way to mend it, in the cluster's words. */
  awaits?: string
  /** How long it must last before it is certain; what mends itself now and then gets longer. */
  afterMs: number
}

/**
 * The first trouble that a pod's own status tells.
 * @param healthDeadlineMs after which a running container that is not ready has failed
 */
export function findPodTrouble(pod: Pod, healthDeadlineMs: number): Trouble | undefined {
  if (isReady(pod)) return undefined
  const found =
    findUnscheduled(pod) ?? findInitTrouble(pod) ?? findContainerTrouble(pod) ?? findUnready(pod, healthDeadlineMs)
  return found && allowForPullSecret({ ...found, pod: pod.metadata.name }, pod)
}

/** How long a busy node may take to pull again, where its events don't tell of it. */
const secondPullMs = 60_000

/** A node may not have seen a pull secret yet that was made just before the pod: only its second refusal is meant. */
export function allowForPullSecret(trouble: Trouble, { spec }: Pod, failedPulls = 0): Trouble {
  if (trouble.code !== 'registry-denied' || !spec.imagePullSecrets?.length) return trouble
  return { ...trouble, afterMs: failedPulls > 1 ? 0 : secondPullMs }
}

function findUnscheduled({ status }: Pod): Trouble | undefined {
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') return undefined
  return { code: 'unschedulable', summary: scheduled.message ?? 'no node can take it', afterMs: 60_000 }
}

function findInitTrouble({ status, spec }: Pod): Trouble | undefined {
  for (const container of status?.initContainerStatuses ?? []) {
    const trouble = findStatusTrouble(container, spec)
    if (!trouble) continue
    const failed = trouble.code === 'container-crashed' || trouble.code === 'container-start-failed'
    return { ...trouble, code: failed ? 'init-failed' : trouble.code, container: container.name }
  }
  return undefined
}

function findContainerTrouble({ status, spec }: Pod): Trouble | undefined {
  for (const container of status?.containerStatuses ?? []) {
    const trouble = findStatusTrouble(container, spec)
    if (trouble) return { ...trouble, container: container.name }
  }
  return undefined
}

function findUnready({ status }: Pod, healthDeadlineMs: number): Trouble | undefined {
  const containers = status?.containerStatuses ?? []
  const unready = containers.find(({ ready }) => !ready)
  if (!unready || !containers.every(({ state }) => state?.running)) return undefined
  const summary = `is running but did not become ready within ${healthDeadlineMs / 1_000} s`
  return { code: 'never-healthy', summary, container: unready.name, output: 'current', afterMs: healthDeadlineMs }
}

const pullReasons = ['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull', 'RegistryUnavailable']
const startReasons = [
  'RunContainerError',
  'CreateContainerError',
  'ContainerCannotRun',
  'StartError',
  'PostStartHookError',
]

function findStatusTrouble(container: V1ContainerStatus, spec: Pod['spec']): Trouble | undefined {
  const { reason = '', message = '' } = container.state?.waiting ?? {}
  if (pullReasons.includes(reason)) return findPullTrouble(reason, message)
  if (reason === 'CreateContainerConfigError') return findConfigTrouble(message)
  return startReasons.includes(reason)
    ? failStart(reason, message)
    : findCrash(container, reason === 'CrashLoopBackOff', spec)
}

/** A first end is not yet a crash: Kubernetes starts the container again at once. */
function findCrash(
  { name, state, lastState, restartCount }: V1ContainerStatus,
  isLooping: boolean,
  spec: Pod['spec'],
): Trouble | undefined {
  const ended = state?.terminated ?? (isLooping ? lastState?.terminated : undefined)
  if (!ended || (restartCount === 0 && !isLooping)) return undefined
  const { reason = '', message = '', exitCode } = ended
  if (startReasons.includes(reason)) return failStart(reason, message)
  const isKilled = reason === 'OOMKilled'
  const how = isKilled ? `ran out of memory (OOMKilled; its limit: ${findMemoryLimit(spec, name) ?? 'none'}), ` : ''
  const summary = `${how}exited with code ${exitCode}, ${restartCount} restarts`
  const code = isKilled ? 'resource-exceeded' : 'container-crashed'
  return { code, summary, output: state?.terminated ? 'current' : 'previous', afterMs: 0 }
}

function failStart(reason: string, message: string): Trouble {
  return { code: 'container-start-failed', summary: `${reason}: ${message}`, afterMs: 0 }
}

/** What the kubelet passes on is the runtime's and the registry's prose: Docker, containerd and CRI-O each with their own. */
export function findPullTrouble(reason: string, message: string): Trouble {
  const tell = (code: FailureCode, why: string, afterMs: number): Trouble => ({
    code,
    summary: `${reason}: ${why}${message ? ` (${message})` : ''}`,
    afterMs,
  })
  if (reason === 'InvalidImageName' || /not found|manifest unknown|no such image|name unknown/i.test(message))
    return tell('image-missing', 'the registry does not have the image', 0)
  if (/unauthorized|no basic auth|denied|forbidden|authentication required/i.test(message))
    return tell('registry-denied', 'the registry refused the credentials', 0)
  if (/refused|no such host|timeout|unreachable|dial tcp|EOF|reset by peer/i.test(message))
    return tell('image-pull-failed', 'the registry cannot be reached from the node', 10_000)
  // `ImagePullBackOff` says no more than that the pull failed; the next try tells why again.
  return { ...tell('image-pull-failed', 'the image could not be pulled', 20_000), vague: true }
}

function findConfigTrouble(message: string): Trouble {
  // A busy node reads what a pod needs late, and tries again by itself.
  if (/failed to sync \w+ cache/i.test(message))
    return { code: 'container-start-failed', summary: message, afterMs: 30_000 }
  const missing = /not found|couldn't find key|non-existent/i.test(message)
  return { code: missing ? 'config-missing' : 'container-start-failed', summary: message, afterMs: missing ? 3_000 : 0 }
}

/** Why a pod is not ready, in few words, for a status. */
export function describePod(pod: Pod): string | undefined {
  if (isReady(pod)) return undefined
  const trouble = findPodTrouble(pod, 0)
  if (trouble?.code === 'never-healthy') return describeUnready(pod)
  if (trouble) return trouble.summary
  const waiting = pod.status?.containerStatuses?.find(({ state }) => state?.waiting)?.state?.waiting
  return waiting?.reason ?? pod.status?.reason
}

/** A container has started once it answered well. */
function describeUnready({ status }: Pod): string {
  const unready = status?.containerStatuses?.find(({ ready }) => !ready)
  return unready?.started ? 'its probe does not succeed any more' : 'its probe has not succeeded yet'
}
