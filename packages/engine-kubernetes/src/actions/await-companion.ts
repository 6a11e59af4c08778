import { durationMs, FailureError } from '@stevedore/contract'
import { pollUntil } from '@stevedore/engine'
import type { Pod, StatefulSet } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { explainTrouble } from '../failure/explain.ts'
import { findTrouble } from '../failure/find-troubles.ts'
import type { Trouble } from '../failure/pod-trouble.ts'
import { classifyRefusal } from '../failure/translate.ts'
import { createTroubleClock } from '../failure/trouble-clock.ts'
import { listWarnings } from '../failure/warnings.ts'
import { isServiceAsked, nameService } from '../spec/companions.ts'
import { unaskedSeconds } from '../spec/lifecycle.ts'
import { nameObjects } from '../spec/names.ts'
import type { KubernetesRelease } from '../spec/place.ts'
import { type Companion, isLeaving, readCompanions, revisionOfSet } from '../state/companions.ts'
import { isReady } from '../state/workload.ts'
import type { ReleaseAction } from './action.ts'

export async function readCompanion({ place, writer }: ReleaseAction): Promise<Companion> {
  const name = nameService(place)
  const all = await readCompanions(writer, place)
  return all.find((one) => one.name === name) ?? { name, set: undefined, pods: [] }
}

export function isOfRevision({ set }: Companion, { revision }: KubernetesRelease): boolean {
  return set !== undefined && !isLeaving(set) && revisionOfSet(set) === revision
}

const pollMs = 400

export function pollFor(deadlineAt: number, signal: AbortSignal) {
  return { intervalMs: pollMs, deadlineMs: deadlineAt - performance.now(), signal }
}

/** @throws FailureError as soon as it is certain that it never will be */
export async function awaitHealthy(action: ReleaseAction): Promise<void> {
  const { place, writer, deadlineAt } = action
  const isProven = createProof(place)
  const throwIfCertain = createCheck(action)
  const look = async () => {
    const found = await readCompanion(action)
    if (!isOfRevision(found, place)) throw new FailureError('needs-attention', { diagnosis: describeGone(place) })
    const pods = found.pods.filter((pod) => !isLeaving(pod))
    if (pods.some(isProven)) return true
    await throwIfCertain(pods, found.set)
    return undefined
  }
  if (await pollUntil(look, pollFor(deadlineAt, writer.signal))) return
  throw new FailureError('deploy-deadline', { diagnosis: `${nameService(place)} is not healthy` })
}

function describeGone(place: KubernetesRelease): string {
  return `StatefulSet ${nameObjects(place).main} was deleted meanwhile`
}

/** What is asked nothing is healthy once it has run for a while, on this clock: a cluster's may be another. */
function createProof(place: KubernetesRelease): (pod: Pod) => boolean {
  let [run, since] = ['', 0]
  const neededMs = isServiceAsked(place) ? 0 : unaskedSeconds * 1_000
  return (pod) => {
    if (!isReady(pod)) return false
    const now = `${pod.metadata.uid} ${pod.status?.containerStatuses?.[0]?.restartCount}`
    if (now !== run) [run, since] = [now, performance.now()]
    return performance.now() - since >= neededMs
  }
}

function createCheck({
  place,
  writer,
  context,
}: ReleaseAction): (pods: Pod[], set: StatefulSet | undefined) => Promise<void> {
  const clock = createTroubleClock(context.log)
  const deadlineMs = durationMs(place.settings.health.deadline)
  return async (pods, set) => {
    const troubles = pods.length > 0 ? await listTroubles(writer, pods, deadlineMs) : await listRefusals(writer, set)
    const certain = clock(troubles)
    if (certain) throw await explainTrouble(writer, certain, { pods, settings: place.settings })
  }
}

async function listTroubles(reader: NamespaceReader, pods: Pod[], deadlineMs: number): Promise<Trouble[]> {
  const troubles = await Promise.all(pods.map((pod) => findTrouble(reader, pod, deadlineMs)))
  return troubles.filter((trouble) => trouble !== undefined)
}

/** Why the cluster makes no pod, which of a StatefulSet its events alone tell. */
async function listRefusals(reader: NamespaceReader, set: StatefulSet | undefined): Promise<Trouble[]> {
  const warnings = set ? await listWarnings(reader, set.metadata) : []
  const refused = warnings.findLast(({ reason }) => reason === 'FailedCreate')
  if (!refused) return []
  const summary = refused.message ?? 'its pod could not be created'
  return [{ code: classifyRefusal(summary), summary, afterMs: 20_000 }]
}
