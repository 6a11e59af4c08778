import type { V1HorizontalPodAutoscaler, V2HorizontalPodAutoscaler } from '@kubernetes/client-node'
import type { Served } from '../client/capabilities.ts'
import { type KubernetesPlace, nameObjects, nameSlot, objectLabels, type SlotName } from './names.ts'

type Autoscale = NonNullable<KubernetesPlace['settings']['autoscale']>

/** The autoscaler in the newest version that the cluster serves, aimed at the slot that carries the traffic. */
export function buildAutoscaler(
  place: KubernetesPlace,
  { cpu, min, max }: Autoscale,
  slot: SlotName,
  version: Served['autoscaling'],
): V1HorizontalPodAutoscaler | V2HorizontalPodAutoscaler {
  return {
    apiVersion: version,
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: nameObjects(place).main, namespace: place.settings.namespace, labels: objectLabels(place) },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: nameSlot(place, slot) },
      minReplicas: min,
      maxReplicas: max,
      ...(version === 'autoscaling/v1'
        ? { targetCPUUtilizationPercentage: cpu }
        : {
            metrics: [
              { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpu } } },
            ],
          }),
    },
  }
}
