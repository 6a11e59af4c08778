import type { V1Pod } from '@kubernetes/client-node'
import type { NamespaceReader } from '../client/namespace.ts'
import { freshPods, type Slot } from '../state/place-state.ts'
import { findCreationTrouble } from './creation-trouble.ts'
import { readWarnings } from './explain.ts'
import { allowForPullSecret, findPodTrouble, findPullTrouble, type Trouble } from './pod-trouble.ts'

/** All that keeps a slot's newest pods from being made or becoming ready. */
export async function listTroubles(reader: NamespaceReader, slot: Slot, healthDeadlineMs: number): Promise<Trouble[]> {
  const pods = await Promise.all(freshPods(slot).map((pod) => findTrouble(reader, pod, healthDeadlineMs)))
  return [findCreationTrouble(slot), ...pods].filter((trouble) => trouble !== undefined)
}

async function findTrouble(
  reader: NamespaceReader,
  pod: V1Pod,
  healthDeadlineMs: number,
): Promise<Trouble | undefined> {
  const told = findPodTrouble(pod, healthDeadlineMs)
  if (!told?.vague && !isStuck(pod)) return told
  return readFromEvents(pod, told, await readWarnings(reader, pod.metadata?.name ?? ''))
}

/** Scheduled, but its containers are not being created. */
function isStuck({ status, spec }: V1Pod): boolean {
  const waiting = (status?.containerStatuses ?? []).map(({ state }) => state?.waiting?.reason)
  return spec?.nodeName !== undefined && waiting.includes('ContainerCreating')
}

/**
 * What only a pod's events tell: why a pull failed once the kubelet has begun to wait before the next, which volume's ConfigMap
 * or Secret is not there, why no sandbox can be made.
 */
export function readFromEvents(
  pod: V1Pod,
  told: Trouble | undefined,
  warnings: readonly string[],
): Trouble | undefined {
  const name = pod.metadata?.name ?? ''
  const pull = told?.vague && warnings.findLast((text) => text.startsWith('Failed: Failed to pull image'))
  if (pull) {
    const cause = findPullTrouble('ImagePullBackOff', pull)
    return { ...told, ...cause, afterMs: allowForPullSecret(cause, pod), pod: name }
  }
  const mount = warnings.findLast((text) => /^FailedMount: .*not found/s.test(text))
  if (mount) return { code: 'config-missing', pod: name, summary: mount, afterMs: 0 }
  const sandbox = warnings.findLast((text) => text.startsWith('FailedCreatePodSandBox'))
  if (sandbox) return { code: 'container-start-failed', pod: name, summary: sandbox, afterMs: 30_000 }
  return told
}
