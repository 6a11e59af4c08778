import type { WorkContext } from '@stevedore/engine'
import type { Pod } from '../client/kinds.ts'
import { countReady, freshPods, isReady, revisionOf, type Workload } from '../state/workload.ts'

/** Tells watchers what becomes of a place's pods while an action runs. */
export interface ReplicaReporter {
  /** Of each pod that was there at the look before and is not, or is leaving. */
  reportStopped(workloads: readonly Workload[]): void
  /** Of each newest pod, once that it runs and once that it is healthy; and how much of the workload is ready. */
  reportReady(workload: Workload): void
}

interface ReplicaFacts {
  replica: string
  revision: number
  host?: string
}

type Telling = Pick<WorkContext, 'event' | 'progress'>

export function createReplicaReporter(context: Telling): ReplicaReporter {
  return { reportStopped: createStopReporter(context), reportReady: createReadyReporter(context) }
}

function createStopReporter({ event }: Telling): ReplicaReporter['reportStopped'] {
  let alive = new Map<string, ReplicaFacts>()
  return (workloads) => {
    const facts = workloads.flatMap((workload) => workload.pods.map((pod) => describe(pod, workload)))
    const now = new Map(facts.map((one) => [one.replica, one]))
    for (const [replica, gone] of alive) if (!now.has(replica)) event('replica.stopped', { ...gone })
    alive = now
  }
}

function createReadyReporter({ event, progress }: Telling): ReplicaReporter['reportReady'] {
  const told = new Set<string>()
  const tellOnce = (type: 'replica.started' | 'replica.healthy', facts: ReplicaFacts) => {
    if (told.has(`${type} ${facts.replica}`)) return
    told.add(`${type} ${facts.replica}`)
    event(type, { ...facts })
  }
  return (workload) => {
    for (const pod of freshPods(workload)) {
      if (isRunning(pod)) tellOnce('replica.started', describe(pod, workload))
      if (isReady(pod)) tellOnce('replica.healthy', describe(pod, workload))
    }
    progress(Math.min(1, countReady(workload) / Math.max(1, workload.deployment.spec.replicas ?? 1)))
  }
}

function describe(pod: Pod, workload: Workload): ReplicaFacts {
  const { nodeName } = pod.spec
  return {
    replica: pod.metadata.name,
    revision: revisionOf(pod, workload),
    ...(nodeName === undefined ? {} : { host: nodeName }),
  }
}

function isRunning({ status }: Pod): boolean {
  return (status?.containerStatuses ?? []).some(({ state }) => state?.running)
}
