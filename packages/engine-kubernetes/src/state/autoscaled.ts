import type { NamespaceReader } from '../cluster/namespace.ts'
import { type KubernetesPlace, nameObjects } from '../names.ts'

/** An autoscaler, the spec's or anybody's, decides on the size: then no deploy does. */
export async function isAutoscaled(reader: NamespaceReader, place: KubernetesPlace): Promise<boolean> {
  if (place.settings.autoscale) return true
  const { main, next } = nameObjects(place)
  const autoscalers = await reader.list('HorizontalPodAutoscaler', {})
  return autoscalers.some(
    ({ spec }) => spec?.scaleTargetRef.kind === 'Deployment' && [main, next].includes(spec.scaleTargetRef.name),
  )
}
