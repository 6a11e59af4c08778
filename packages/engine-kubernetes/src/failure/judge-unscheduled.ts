import type { ClusterEvent } from '../client/kinds.ts'
import type { Trouble } from './pod-trouble.ts'

/** What says whether a node is on its way: Cluster Autoscaler's reasons, and Karpenter's. */
const coming = ['TriggeredScaleUp', 'Nominated']
const notComing = ['NotTriggerScaleUp']

/**
 * A pod that no node can take, by what its events say. With a node on its way it waits, for as long as its deploy may take; what adds no node
 * gives its reason; without a word from either it has the grace.
 * @param events of the pod, oldest first
 */
export function judgeUnscheduled(trouble: Trouble, events: readonly ClusterEvent[], graceMs: number): Trouble {
  const last = events.findLast((event) => isComing(event) || isNotComing(event))
  if (last && isComing(last)) return { ...trouble, afterMs: Number.POSITIVE_INFINITY, awaits: tell(last) }
  const summary = last ? `${trouble.summary}; ${tell(last)}` : trouble.summary
  return { ...trouble, summary, afterMs: graceMs }
}

function isComing({ reason = '' }: ClusterEvent): boolean {
  return coming.includes(reason)
}

/** The scheduler goes on to say `FailedScheduling` while a node is on its way; of Karpenter it means that none is. */
function isNotComing({ reason = '', source, reportingComponent }: ClusterEvent): boolean {
  const isKarpenter = (reportingComponent || source?.component) === 'karpenter'
  return notComing.includes(reason) || (reason === 'FailedScheduling' && isKarpenter)
}

function tell({ reason, message }: ClusterEvent): string {
  return `${reason}: ${(message ?? '').trim()}`
}
