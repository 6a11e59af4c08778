import { durationMs, FailureError, stopMs } from '@stevedore/contract'
import { pollUntil, requireKnownUser } from '@stevedore/engine'
import { ApiError } from '../client/api-error.ts'
import type { Manifest, ManifestOf, Pod } from '../client/kinds.ts'
import { type NamespaceReader, openWriter } from '../client/namespace.ts'
import { explainTrouble } from '../failure/explain.ts'
import { findTrouble } from '../failure/find-troubles.ts'
import type { Trouble } from '../failure/pod-trouble.ts'
import { classifyRefusal } from '../failure/translate.ts'
import { createTroubleClock } from '../failure/trouble-clock.ts'
import { listWarnings } from '../failure/warnings.ts'
import {
  buildCompanion,
  buildCompanionSupport,
  companionLabels,
  isServiceAsked,
  listCompanionSecrets,
  nameService,
  openCompanion,
} from '../spec/companions.ts'
import { keys } from '../spec/labels.ts'
import { unaskedSeconds } from '../spec/lifecycle.ts'
import { nameObjects } from '../spec/names.ts'
import type { KubernetesRelease } from '../spec/place.ts'
import { readClaims } from '../state/claims.ts'
import { type Companion, isLeaving, readCompanions, revisionOfSet } from '../state/companions.ts'
import { readDefaultMemory } from '../state/default-memory.ts'
import { isReady } from '../state/workload.ts'
import type { Action, ReleaseAction } from './action.ts'
import { tryPod } from './prepare.ts'
import { refuseTakenCompanion } from './refuse-taken-companions.ts'
import { stamp, writeSupporting } from './write-objects.ts'

interface CompanionManifests {
  set: ManifestOf<'StatefulSet'>
  supporting: Manifest[]
}

/** What can fail without it is tried before the one that runs is stopped. */
export async function startService(given: ReleaseAction): Promise<void> {
  const action = { ...given, place: openCompanion(given.place) }
  action.deadlineAt += stopMs(action.place.settings)
  requireKnownUser(action.place)
  const manifests = await buildAll(action.writer, action.place)
  const found = await readOne(action)
  const isThere = isOfRevision(found, action.place)
  await rehearse(action, manifests, { found, isThere })
  if (!isThere) await endBefore(action, found, manifests)
  await writeSupporting(action, manifests)
  await bringUp(action, manifests, isThere)
  await markProven(action)
}

async function buildAll(reader: NamespaceReader, own: KubernetesRelease): Promise<CompanionManifests> {
  const facts = {
    minor: (await reader.readCapabilities()).minor,
    envSecret: undefined,
    defaultMemory: await readDefaultMemory(reader, own),
  }
  const supporting = buildCompanionSupport(own, await readClaims(reader, own))
  return { set: stamp(buildCompanion(own, facts)), supporting }
}

async function readOne({ place, writer }: ReleaseAction): Promise<Companion> {
  const name = nameService(place)
  const all = await readCompanions(writer, place)
  return all.find((one) => one.name === name) ?? { name, set: undefined, pods: [] }
}

function isOfRevision({ set }: Companion, { revision }: KubernetesRelease): boolean {
  return set !== undefined && !isLeaving(set) && revisionOfSet(set) === revision
}

interface Before {
  found: Companion
  isThere: boolean
}

/** All writes as dry runs where there are any to make, then a pod: what a StatefulSet is made of is judged only when it makes one. */
async function rehearse(
  { writer, place }: ReleaseAction,
  { set, supporting }: CompanionManifests,
  { found, isThere }: Before,
): Promise<void> {
  await refuseTakenCompanion(writer, place, nameService(place), nameObjects(place).main)
  if (isThere) return
  await Promise.all(
    [...supporting, set].map((object) => writer.dryRun(object, object.kind !== 'Secret' || place.settings.force)),
  )
  await tryPod(writer, nameObjects(place).main, set.spec.template).catch((error: unknown) => {
    if (!(found.pods.length > 0 && isOfRoom(error))) throw error
  })
}

/** The one that runs leaves its room to it. */
function isOfRoom(error: unknown): boolean {
  return error instanceof ApiError && error.message.includes('exceeded quota')
}

/** Until its pod is gone, and not only told to leave: it may still write what the next one reads. */
async function endBefore(action: ReleaseAction, { set }: Companion, { supporting }: CompanionManifests): Promise<void> {
  const { place, writer } = action
  if (set) await endSet(action, set.metadata.name)
  await awaitNone(action)
  const account = await writer.get('ServiceAccount', nameObjects(place).main)
  const kept = supporting.map(({ metadata }) => metadata.name)
  const over = account ? listCompanionSecrets(account).filter((name) => !kept.includes(name)) : []
  for (const name of over) await writer.remove('Secret', name)
}

async function endSet({ writer, context }: Pick<Action, 'writer' | 'context'>, name: string): Promise<void> {
  await writer.remove('StatefulSet', name)
  context.log(`StatefulSet ${name} removed`)
}

async function awaitNone({ place, writer, deadlineAt }: ReleaseAction): Promise<void> {
  let left: Pod[] = []
  const isNone = async () => {
    left = await writer.list('Pod', { labels: companionLabels(place, nameService(place)) })
    return left.length === 0 || undefined
  }
  if (await pollUntil(isNone, pollFor(deadlineAt, writer.signal))) return
  const names = left.map(({ metadata }) => metadata.name)
  throw new FailureError('deploy-deadline', { diagnosis: `pod ${names.join(', ')} was told to end, and has not` })
}

const pollMs = 400

function pollFor(deadlineAt: number, signal: AbortSignal) {
  return { intervalMs: pollMs, deadlineMs: deadlineAt - performance.now(), signal }
}

/** What never came up goes again, whoever began it; what did once is left to who looks after it. */
async function bringUp(action: ReleaseAction, { set }: CompanionManifests, isThere: boolean): Promise<void> {
  const { writer } = action
  const { name } = set.metadata
  try {
    if (!isThere) await writer.apply(set, true)
    await writer.change('StatefulSet', name, ({ spec }) =>
      spec.replicas === 1 ? undefined : { spec: { replicas: 1 } },
    )
    await awaitHealthy(action)
  } catch (error) {
    await endUnproven(action, name)
    throw error
  }
}

/** @throws FailureError as soon as it is certain that it never will be */
async function awaitHealthy(action: ReleaseAction): Promise<void> {
  const { place, writer, deadlineAt } = action
  const isProven = createProof(place)
  const throwIfCertain = createCheck(action)
  const look = async () => {
    const found = await readOne(action)
    if (!isOfRevision(found, place)) throw new FailureError('needs-attention', { diagnosis: describeGone(place) })
    const pods = found.pods.filter((pod) => !isLeaving(pod))
    if (pods.some(isProven)) return true
    await throwIfCertain(pods)
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

function createCheck({ place, writer, context }: ReleaseAction): (pods: Pod[]) => Promise<void> {
  const clock = createTroubleClock(context.log)
  const deadlineMs = durationMs(place.settings.health.deadline)
  return async (pods) => {
    const troubles = pods.length > 0 ? await listTroubles(writer, pods, deadlineMs) : await listRefusals(writer, place)
    const certain = clock(troubles)
    if (certain) throw await explainTrouble(writer, certain, { pods, settings: place.settings })
  }
}

async function listTroubles(reader: NamespaceReader, pods: Pod[], deadlineMs: number): Promise<Trouble[]> {
  const troubles = await Promise.all(pods.map((pod) => findTrouble(reader, pod, deadlineMs)))
  return troubles.filter((trouble) => trouble !== undefined)
}

/** Why the cluster makes no pod, which of a StatefulSet its events alone tell. */
async function listRefusals(reader: NamespaceReader, place: KubernetesRelease): Promise<Trouble[]> {
  const warnings = await listWarnings(reader, nameObjects(place).main)
  const refused = warnings.findLast(({ reason }) => reason === 'FailedCreate')
  if (!refused) return []
  const summary = refused.message ?? 'its pod could not be created'
  return [{ code: classifyRefusal(summary), summary, afterMs: 20_000 }]
}

/** How long the clearing up after an abort may take. */
const cleanupMs = 15_000

async function endUnproven(action: ReleaseAction, name: string): Promise<void> {
  const { context } = action
  const { cluster, namespace } = action.writer
  const { aborted } = context.signal
  const writer = aborted ? openWriter(cluster, namespace, context, AbortSignal.timeout(cleanupMs)) : action.writer
  try {
    const set = await writer.get('StatefulSet', name)
    if (!set || set.metadata.annotations?.[keys.finalized] !== undefined) return
    await endSet({ writer, context }, name)
    // After an abort it is waited for by whoever makes the next one.
    if (!aborted) await awaitNone(action)
  } catch (error) {
    context.log(`could not clear up ${name}: ${error}`)
  }
}

async function markProven({ place, writer }: ReleaseAction): Promise<void> {
  const mark = { [keys.finalized]: String(place.revision) }
  await writer.change('StatefulSet', nameObjects(place).main, ({ metadata }) =>
    metadata.annotations?.[keys.finalized] === undefined ? { metadata: { annotations: mark } } : undefined,
  )
}
