import type { NamespaceReader } from '../client/namespace.ts'
import { isNamed } from '../spec/named-settings.ts'
import { type KubernetesPlace, nameObjects } from '../spec/names.ts'
import { type Picture, sizeOf } from './place-state.ts'
import { isServing } from './traffic.ts'

/** An autoscaler, the spec's or anybody's, decides on the size: then no deploy does. */
export async function isAutoscaled(reader: NamespaceReader, place: KubernetesPlace): Promise<boolean> {
  if (place.settings.autoscale) return true
  const { main, next } = nameObjects(place)
  const autoscalers = await reader.list('HorizontalPodAutoscaler', {})
  return autoscalers
    .map(({ spec }) => spec?.scaleTargetRef)
    .some((target) => target?.kind === 'Deployment' && [main, next].includes(target.name))
}

/** The size that an autoscaler chose or an adopted K8sDeployment has; undefined where the spec's number holds. */
export function chosenSize({ settings }: KubernetesPlace, picture: Picture, autoscaled: boolean): number | undefined {
  if (!autoscaled && (!picture.adopted || isNamed(settings, 'replicas'))) return undefined
  const running = Math.max(
    ...[picture.main, picture.next].map((slot) => (slot && isServing(picture, slot.name) ? sizeOf(slot) : 0)),
  )
  if (!settings.autoscale) return running || undefined
  const { min, max } = settings.autoscale
  return Math.min(max, Math.max(min, running))
}
