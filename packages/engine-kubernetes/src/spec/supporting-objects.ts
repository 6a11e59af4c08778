import type { V1Ingress, V1PodDisruptionBudget, V1Service, V1ServiceAccount } from '@kubernetes/client-node'
import type { Served } from '../client/capabilities.ts'
import { type KubernetesPlace, nameObjects, objectLabels, placeLabels } from './names.ts'
import { portName } from './probes.ts'

/** The port on which a Service that Stevedore made answers. */
export const servicePort = 80

function metadata(place: KubernetesPlace, name: string) {
  return { name, namespace: place.settings.namespace, labels: objectLabels(place) }
}

/** Without a selector: what is served is switched apart from the spec, by `route`. */
export function buildService(place: KubernetesPlace): V1Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(place, nameObjects(place).service),
    spec: {
      type: 'ClusterIP',
      ports: [{ name: portName, port: servicePort, targetPort: portName, protocol: 'TCP' }],
    },
  }
}

export function buildServiceAccount(place: KubernetesPlace): V1ServiceAccount {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadata(place, nameObjects(place).account),
    automountServiceAccountToken: false,
  }
}

/** One replica may always be evicted, so that a node can be drained even where there is a single one. */
export function buildDisruptionBudget(place: KubernetesPlace, policy: Served['policy']): V1PodDisruptionBudget {
  return {
    apiVersion: policy,
    kind: 'PodDisruptionBudget',
    metadata: metadata(place, nameObjects(place).main),
    spec: { maxUnavailable: 1, selector: { matchLabels: placeLabels(place) } },
  }
}

export function buildIngress(
  place: KubernetesPlace,
  { host, tls, class: className }: { host: string; tls?: string | undefined; class?: string | undefined },
): V1Ingress {
  const { main, service } = nameObjects(place)
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: metadata(place, main),
    spec: {
      ...(className === undefined ? {} : { ingressClassName: className }),
      ...(tls === undefined ? {} : { tls: [{ hosts: [host], secretName: tls }] }),
      rules: [
        {
          host,
          http: {
            paths: [
              { path: '/', pathType: 'Prefix', backend: { service: { name: service, port: { name: portName } } } },
            ],
          },
        },
      ],
    },
  }
}
