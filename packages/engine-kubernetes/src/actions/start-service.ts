import { FailureError } from '@stevedore/contract'
import { pollUntil, requireKnownUser } from '@stevedore/engine'
import { ApiError } from '../client/api-error.ts'
import type { Manifest, ManifestOf, Pod } from '../client/kinds.ts'
import { openWriter } from '../client/namespace.ts'
import {
  buildAddresses,
  buildCompanion,
  buildCompanionSupport,
  companionLabels,
  listCompanionSecrets,
  nameService,
  openCompanion,
} from '../spec/companions.ts'
import { keys } from '../spec/labels.ts'
import { nameObjects } from '../spec/names.ts'
import type { KubernetesRelease } from '../spec/place.ts'
import { readClaims } from '../state/claims.ts'
import { type Companion, readAliases } from '../state/companions.ts'
import { readDefaultMemory } from '../state/default-memory.ts'
import type { Action, ReleaseAction } from './action.ts'
import { awaitHealthy, isOfRevision, pollFor, readCompanion } from './await-companion.ts'
import { refuseTakenCompanion } from './refuse-taken-companions.ts'
import { readGraceMs } from './remove-companions.ts'
import { tryPod } from './try-pod.ts'
import { stamp, writeSupporting } from './write-objects.ts'

interface CompanionManifests {
  set: ManifestOf<'StatefulSet'>
  supporting: Manifest[]
}

/** What can fail without it is tried before the one that runs is stopped. */
export async function startService(given: ReleaseAction): Promise<void> {
  const action = { ...given, place: openCompanion(given.place) }
  requireKnownUser(action.place)
  const manifests = await buildAll(given, action.place)
  const found = await readCompanion(action)
  action.deadlineAt += Math.max(0, ...found.pods.map(readGraceMs))
  const isThere = isOfRevision(found, action.place)
  await rehearse(action, manifests, { found, isThere })
  if (!isThere) await endBefore(action, found, manifests)
  await writeSupporting(action, manifests)
  if (!isThere) await giveAddresses(given)
  await bringUp(action, isThere ? manifests : await buildAll(given, action.place), isThere)
  await markProven(action)
}

/** @param own opened */
async function buildAll({ writer, place }: ReleaseAction, own: KubernetesRelease): Promise<CompanionManifests> {
  const facts = {
    minor: (await writer.readCapabilities()).minor,
    envSecret: undefined,
    defaultMemory: await readDefaultMemory(writer, own),
    aliases: await readAliases(writer, place),
  }
  const supporting = buildCompanionSupport(own, await readClaims(writer, own))
  return { set: stamp(buildCompanion(own, facts)), supporting }
}

/** What is there is left as it is: a companion is changed only when that is asked for, and what is another's never. */
async function giveAddresses({ writer, place }: ReleaseAction): Promise<void> {
  for (const object of buildAddresses(place))
    if (!(await writer.get(object.kind, object.metadata.name))) await writer.apply(stamp(object), true)
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
