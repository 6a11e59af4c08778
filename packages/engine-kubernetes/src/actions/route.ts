import { isDeepStrictEqual } from 'node:util'
import { FailureError } from '@stevedore/contract'
import { keys } from '../spec/labels.ts'
import { nameDeployment, nameObjects, type Slot } from '../spec/names.ts'
import type { KubernetesPlace } from '../spec/place.ts'
import { buildAdoptedSelector, buildSelector } from '../spec/selector.ts'
import { listWorkloads, type PlaceState } from '../state/place-state.ts'
import { findWorkloads, isServed, selectedSlots } from '../state/traffic.ts'
import { countReady, freshReplicaSet, isReady } from '../state/workload.ts'
import { type Action, awaitState, readState } from './action.ts'

/** Steers the Service to the slots of these revisions; the ratio of their sizes makes the weights. */
export async function route(action: Action, weights: Record<number, number>): Promise<void> {
  const state = await readState(action)
  const slots = Object.entries(weights)
    .filter(([, percent]) => percent > 0)
    .map(([revision]) => findHealthy(state, Number(revision)))
  await selectSlots(action, slots, state)
  action.context.event('traffic.shifted', { weights })
}

function findHealthy(state: PlaceState, revision: number): Slot {
  const [best] = findWorkloads(state, revision)
  if (best && countReady(best) > 0) return best.slot
  throw new FailureError('never-healthy', { diagnosis: `revision ${revision} has no healthy replica` })
}

/**
 * Points the Service at these slots in one patch, and waits until it serves exactly their ready pods.
 * @param options `besideNext`: whether `next` stands or will stand beside `main`; `wait`: false leaves the wait to the caller
 */
export async function selectSlots(
  action: Action,
  slots: readonly Slot[],
  state: PlaceState,
  { besideNext = state.next !== undefined, wait = true }: { besideNext?: boolean; wait?: boolean } = {},
): Promise<void> {
  if (!state.service) return
  const wanted = chooseSelector(action.place, slots, state, besideNext)
  const changed = !isDeepStrictEqual(state.service.spec.selector ?? {}, wanted)
  if (changed) await writeSelector(action, wanted)
  await aimAutoscaler(action, slots)
  if (wait) await awaitServed(action, changed ? createRouteClock() : undefined)
}

/** What the Service selects by; in what was adopted, its ReplicaSet tells the pods of `main` from those of `next`. */
export function chooseSelector(place: KubernetesPlace, slots: readonly Slot[], state: PlaceState, besideNext: boolean) {
  if (!state.adopted) return buildSelector(place, slots)
  const fresh = besideNext && state.main ? freshReplicaSet(state.main) : undefined
  return buildAdoptedSelector(state.service?.spec.selector ?? {}, slots, fresh?.metadata.labels?.[keys.templateHash])
}

async function writeSelector({ place, writer }: Action, wanted: Record<string, string>): Promise<void> {
  await writer.change('Service', nameObjects(place).service, ({ spec }) => {
    const found = spec.selector ?? {}
    if (isDeepStrictEqual(found, wanted)) return undefined
    const dropped = Object.keys(found).filter((key) => !(key in wanted))
    return { spec: { selector: { ...wanted, ...Object.fromEntries(dropped.map((key) => [key, null])) } } }
  })
}

/** An autoscaler of the spec's follows the traffic. */
async function aimAutoscaler({ place, writer }: Action, [only = 'main', ...others]: readonly Slot[]): Promise<void> {
  if (!place.settings.autoscale) return
  const name = nameDeployment(place, others.length > 0 ? 'main' : only)
  await writer.change('HorizontalPodAutoscaler', nameObjects(place).main, ({ spec }) =>
    spec.scaleTargetRef.name === name ? undefined : { spec: { scaleTargetRef: { name } } },
  )
}

/**
 * How long after its last change a route may still be served the old way: kube-proxy rewrites a node's rules at most once a
 * second and tells nobody when it has.
 */
const propagationMs = 1_200

/** Milliseconds since the route was last seen to change in the states that it is shown, or since it was made. */
type RouteClock = (state: PlaceState) => number

export function createRouteClock(now = () => performance.now()): RouteClock {
  let [version, since]: [string | undefined, number] = [undefined, now()]
  let first = true
  return ({ endpoints }) => {
    const seen = endpoints?.metadata.resourceVersion
    if (!first && seen !== version) since = now()
    ;[version, first] = [seen, false]
    return now() - since
  }
}

/**
 * Waits until the route serves the ready pods of what the Service selects, and no others.
 * @param quietMs of a route that has changed just now: its last change must also have reached the nodes
 */
export async function awaitServed(action: Action, quietMs: RouteClock = () => propagationMs): Promise<void> {
  await awaitState(action, (state) => {
    if (!state.service) return true
    const isQuiet = quietMs(state) >= propagationMs
    const slots = selectedSlots(state)
    const selected = listWorkloads(state).filter(({ slot }) => slots.includes(slot))
    const ready = selected.flatMap(({ pods }) => pods.filter(isReady))
    return isQuiet && ready.length > 0 && isServed(state, ready)
  })
}

/** @throws FailureError `config-missing` where traffic cannot be steered for want of a Service */
export function requireService(place: KubernetesPlace, state: PlaceState): void {
  if (state.service || !state.adopted) return
  throw new FailureError('config-missing', {
    diagnosis: `the strategy ${place.settings.strategy.type} needs the Service ${nameObjects(place).service}, which does not exist`,
  })
}
