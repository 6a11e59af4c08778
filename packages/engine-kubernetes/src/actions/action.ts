import { durationMs, FailureError } from '@stevedore/contract'
import { sleep, type WorkContext } from '@stevedore/engine'
import type { NamespaceReader, NamespaceWriter } from '../client/namespace.ts'
import type { KubernetesPlace, KubernetesRelease } from '../spec/place.ts'
import { buildReleaseManifests, type ReleaseManifests } from '../spec/release-manifests.ts'
import { loadBase } from '../state/base-manifests.ts'
import { readBroughtClaims } from '../state/beside.ts'
import { readClaims } from '../state/claims.ts'
import { readAliases } from '../state/companions.ts'
import { readDefaultMemory } from '../state/default-memory.ts'
import { readLinkAliases } from '../state/links.ts'
import { listWorkloads, type PlaceState, readPlaceState } from '../state/place-state.ts'
import { isOnlyNextServing } from '../state/traffic.ts'
import { createReplicaReporter, type ReplicaReporter } from './report-replicas.ts'

/** An action of a rollout plan as it is carried out. */
export interface Action<P extends KubernetesPlace = KubernetesPlace> {
  place: P
  writer: NamespaceWriter
  context: WorkContext
  replicas: ReplicaReporter
  /** On `performance`'s clock, which no change of the machine's time moves. */
  deadlineAt: number
}
export type ReleaseAction = Action<KubernetesRelease>

export function startAction<P extends KubernetesPlace>(
  place: P,
  writer: NamespaceWriter,
  context: WorkContext,
): Action<P> {
  const deadlineAt = performance.now() + durationMs(place.settings.timeout)
  return { place, writer, context, replicas: createReplicaReporter(context), deadlineAt }
}

/** The place at this moment; what has gone since the last look is told. */
export async function readState({ place, writer, replicas }: Action): Promise<PlaceState> {
  const state = await readPlaceState(writer, place)
  replicas.reportStopped(listWorkloads(state))
  return state
}

/** Quick enough to follow pods that start within a second; slower the longer it takes, for many deploys at once. */
const pollMs = 400
const longestPollMs = 1_000

/** Reads the place again and again until it is as it should be. @throws FailureError `deploy-deadline` */
export async function awaitState(
  action: Action,
  isReached: (state: PlaceState) => boolean | Promise<boolean>,
): Promise<PlaceState> {
  for (const since = performance.now(); ; ) {
    const state = await readState(action)
    if (await isReached(state)) return state
    if (performance.now() > action.deadlineAt)
      throw new FailureError('deploy-deadline', { diagnosis: `not done within ${action.place.settings.timeout}` })
    const pauseMs = Math.min(longestPollMs, Math.max(pollMs, (performance.now() - since) / 10))
    await sleep(pauseMs, action.writer.signal)
  }
}

/** Everything that a release writes to the place as it is. */
export async function buildManifests(
  reader: NamespaceReader,
  release: KubernetesRelease,
  state: PlaceState,
): Promise<ReleaseManifests> {
  const base = release.settings.manifests === undefined ? undefined : await loadBase(reader, release, state)
  return buildReleaseManifests({
    release,
    capabilities: await reader.readCapabilities(),
    adopted: state.adopted ? state.main?.deployment : undefined,
    claims: [...(await readClaims(reader, release)), ...(await readBroughtClaims(reader, base))],
    base,
    defaultMemory: await readDefaultMemory(reader, release),
    aliases: [...(await readAliases(reader, release)), ...(await readLinkAliases(reader, release))],
    serving: isOnlyNextServing(state) ? 'next' : 'main',
  })
}
