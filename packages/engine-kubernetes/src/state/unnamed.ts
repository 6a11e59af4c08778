import type { Kind, ObjectOfKind } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { keys, objectLabels } from '../spec/labels.ts'
import type { KubernetesPlace } from '../spec/place.ts'

export interface UnnamedObject {
  kind: 'Ingress' | 'HorizontalPodAutoscaler'
  name: string
  /** Where it depends on the cluster. */
  version?: string
}

/** What an earlier spec had made and this one no longer names. What came with manifests stays until the environment is removed. */
export async function listUnnamed(reader: NamespaceReader, place: KubernetesPlace): Promise<UnnamedObject[]> {
  const { ingress, autoscale } = place.settings
  const { autoscaling } = await reader.readCapabilities()
  const [ingresses, autoscalers] = await Promise.all([
    ingress ? [] : reader.list('Ingress', { labels: objectLabels(place) }),
    autoscale ? [] : reader.list('HorizontalPodAutoscaler', { labels: objectLabels(place) }, autoscaling),
  ])
  return [
    ...ingresses.filter(isOfSpec).map(({ metadata: { name } }) => ({ kind: 'Ingress' as const, name })),
    ...autoscalers.filter(isOfSpec).map(({ metadata: { name } }) => {
      return { kind: 'HorizontalPodAutoscaler' as const, name, version: autoscaling }
    }),
  ]
}

function isOfSpec({ metadata }: ObjectOfKind[Kind]): boolean {
  return metadata.annotations?.[keys.origin] === undefined
}
