import type { V1HorizontalPodAutoscalerSpec, V2HorizontalPodAutoscalerSpec } from '@kubernetes/client-node'
import type { KubernetesEnvironment } from '@stevedore/contract'
import type { Capabilities } from '../client/capabilities.ts'
import type { Manifest, ManifestOf } from '../client/kinds.ts'
import { objectLabels, placeLabels } from './labels.ts'
import { portName } from './lifecycle.ts'
import { nameDeployment, nameObjects, type Slot } from './names.ts'
import type { KubernetesPlace } from './place.ts'
import { buildServicePorts } from './ports.ts'

function buildMetadata(place: KubernetesPlace, name = nameObjects(place).main) {
  return { name, namespace: place.settings.namespace, labels: objectLabels(place) }
}

/** Without a selector: what is served is switched apart from the spec, by `route`. */
export function buildService(place: KubernetesPlace): ManifestOf<'Service'> {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: buildMetadata(place, nameObjects(place).service),
    spec: {
      type: 'ClusterIP',
      ports: buildServicePorts(place.settings),
    },
  }
}

export function buildServiceAccount(place: KubernetesPlace): ManifestOf<'ServiceAccount'> {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: buildMetadata(place, nameObjects(place).account),
    automountServiceAccountToken: false,
  }
}

/** One replica may always be evicted, so that a node can be drained even where there is a single one. */
export function buildDisruptionBudget(
  place: KubernetesPlace,
  policy: Capabilities['policy'],
): ManifestOf<'PodDisruptionBudget'> {
  return {
    apiVersion: policy,
    kind: 'PodDisruptionBudget',
    metadata: buildMetadata(place),
    spec: { maxUnavailable: 1, selector: { matchLabels: placeLabels(place) } },
  }
}

type IngressSettings = NonNullable<KubernetesEnvironment['ingress']>

export function buildIngress(
  place: KubernetesPlace,
  { host, tls, class: className }: IngressSettings,
): ManifestOf<'Ingress'> {
  const hosts = [host].flat()
  const backend = { service: { name: nameObjects(place).service, port: { name: portName } } }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: buildMetadata(place),
    spec: {
      ...(className === undefined ? {} : { ingressClassName: className }),
      ...(tls === undefined ? {} : { tls: [{ hosts, secretName: tls }] }),
      rules: hosts.map((name) => ({ host: name, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } })),
    },
  }
}

interface ScalerManifest extends Manifest {
  spec: V1HorizontalPodAutoscalerSpec | V2HorizontalPodAutoscalerSpec
}

/** The autoscaler in the newest version that the cluster serves, aimed at the slot that carries the traffic. */
export function buildAutoscaler(
  place: KubernetesPlace,
  { cpu, min, max }: NonNullable<KubernetesEnvironment['autoscale']>,
  slot: Slot,
  version: Capabilities['autoscaling'],
): ScalerManifest {
  const target = { type: 'Utilization', averageUtilization: cpu }
  return {
    apiVersion: version,
    kind: 'HorizontalPodAutoscaler',
    metadata: buildMetadata(place),
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: nameDeployment(place, slot) },
      minReplicas: min,
      maxReplicas: max,
      ...(version === 'autoscaling/v1'
        ? { targetCPUUtilizationPercentage: cpu }
        : { metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }] }),
    },
  }
}
