import type { V1Pod } from '@kubernetes/client-node'
import { durationMs, FailureError } from '@stevedore/contract'
import type { WorkContext } from '@stevedore/engine'
import { confirmTrouble, reportTrouble } from '../failure/explain.ts'
import { listTroubles } from '../failure/find-troubles.ts'
import type { Trouble } from '../failure/pod-trouble.ts'
import { nameSlot, type SlotName } from '../spec/names.ts'
import { freshPods, isReady, type Picture, type Slot } from '../state/place-state.ts'
import { type Work, watchPlace } from './action.ts'

/**
 * Follows a slot until `isDone`, telling what becomes of its pods.
 * @param look sees each picture on the way
 * @throws FailureError as soon as it is certain that it never will be
 */
export async function awaitSlot(
  work: Work,
  name: SlotName,
  isDone: (slot: Slot) => boolean,
  look?: (picture: Picture) => void,
): Promise<Picture> {
  const tell = createTeller(work.context)
  const clock = createClock()
  const deadlineMs = durationMs(work.place.settings.health.deadline)
  for await (const picture of watchPlace(work)) {
    look?.(picture)
    const slot = picture[name]
    if (!slot)
      throw new FailureError('needs-attention', { diagnosis: `${nameSlot(work.place, name)} was deleted meanwhile` })
    tell(slot)
    if (isDone(slot)) return picture
    const trouble = clock(await listTroubles(work.writer, slot, deadlineMs))
    const certain = trouble && (await confirmTrouble(work.writer, trouble))
    if (certain) throw await reportTrouble(work.writer, certain, picture)
  }
  throw new Error('unreachable: the watch ends by throwing')
}

/** Gives the first trouble that has lasted as long as makes it certain. */
export function createClock(now = () => performance.now()): (troubles: Trouble[]) => Trouble | undefined {
  let since = new Map<string, number>()
  return (troubles) => {
    const seen = new Map(troubles.map((trouble) => [nameTrouble(trouble), since.get(nameTrouble(trouble)) ?? now()]))
    since = seen
    return troubles.find((trouble) => now() - seen.get(nameTrouble(trouble))! >= trouble.afterMs)
  }
}

function nameTrouble({ code, pod }: Trouble): string {
  return `${code} ${pod ?? ''}`
}

/** Tells once of each pod that it runs and once that it is healthy, and how much of the slot is ready. */
function createTeller(context: WorkContext): (slot: Slot) => void {
  const started = new Set<string>()
  const healthy = new Set<string>()
  return (slot) => {
    const fresh = freshPods(slot)
    for (const pod of fresh) {
      const data = { replica: pod.metadata?.name ?? '', revision: slot.revision, host: pod.spec?.nodeName }
      if (isRunning(pod) && !started.has(data.replica)) {
        started.add(data.replica)
        context.event('replica.started', data)
      }
      if (isReady(pod) && !healthy.has(data.replica)) {
        healthy.add(data.replica)
        context.event('replica.healthy', data)
      }
    }
    const wanted = slot.deployment.spec?.replicas ?? 1
    context.progress(Math.min(1, fresh.filter(isReady).length / Math.max(1, wanted)))
  }
}

function isRunning({ status }: V1Pod): boolean {
  return (status?.containerStatuses ?? []).some(({ state }) => state?.running)
}
