import type { NamespaceReader } from '../client/namespace.ts'
import { nameObjects } from '../spec/names.ts'
import { isNamed, type KubernetesPlace } from '../spec/place.ts'
import { listWorkloads, type PlaceState } from './place-state.ts'
import { isServing } from './traffic.ts'
import { sizeOf } from './workload.ts'

/** An autoscaler, the spec's or anybody's, decides on the size: then no deploy does. */
export async function isAutoscaled(reader: NamespaceReader, place: KubernetesPlace): Promise<boolean> {
  if (place.settings.autoscale) return true
  const { main, next } = nameObjects(place)
  const autoscalers = await reader.list('HorizontalPodAutoscaler', {})
  return autoscalers
    .map(({ spec }) => spec.scaleTargetRef)
    .some(({ kind, name }) => kind === 'Deployment' && [main, next].includes(name))
}

/** The size that an autoscaler chose or an adopted K8sDeployment has; undefined where the spec's number holds. */
export function chosenSize({ settings }: KubernetesPlace, state: PlaceState, autoscaled: boolean): number | undefined {
  if (!autoscaled && (!state.adopted || isNamed(settings, 'replicas'))) return undefined
  const serving = listWorkloads(state).filter(({ slot }) => isServing(state, slot))
  const running = Math.max(0, ...serving.map(sizeOf))
  if (!settings.autoscale) return running || undefined
  const { min, max } = settings.autoscale
  return Math.min(max, Math.max(min, running))
}
