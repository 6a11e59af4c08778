import type { Facts } from './allowed/rule.ts'
import { exampleLabels as labels, ownPods as own, examplePod as pod } from './example-pod.ts'
import { exampleRelease } from './example-release.ts'
import { readPodFacts } from './pod-facts.ts'
import { findViolations, type SourceObject } from './policy.ts'
import { dropUnsaid } from './unsaid.ts'

const backend = { service: { name: 'shop', port: { name: 'http' } } }

/** What a careful team brings: all of it is to pass, with `ingress.host: [shop.test, '*.shop.test']` in the spec. */
export const exampleManifests = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'shop',
      namespace: 'shops',
      labels: { ...labels, 'app.kubernetes.io/part-of': 'acme', 'helm.sh/chart': 'shop-1.0.0' },
      annotations: { team: 'shop', 'kubernetes.io/change-cause': 'first' },
      creationTimestamp: null,
    },
    spec: {
      replicas: 2,
      minReadySeconds: 1,
      revisionHistoryLimit: 5,
      progressDeadlineSeconds: 600,
      selector: { matchLabels: { app: 'shop' } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: '25%' } },
      template: {
        metadata: {
          creationTimestamp: null,
          labels,
          annotations: {
            'prometheus.io/scrape': 'true',
            'prometheus.io/port': '9090',
            'checksum/config': 'abc',
            'kubectl.kubernetes.io/default-container': 'web',
          },
        },
        spec: pod,
      },
    },
    status: {},
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'shop', labels, annotations: { 'prometheus.io/scrape': 'true' } },
    spec: {
      type: 'ClusterIP',
      selector: { app: 'shop' },
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } },
      ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP', appProtocol: 'http' }],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'shop-headless' },
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: { app: 'shop' },
      ports: [{ name: 'metrics', port: 9090 }],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'shop-public' },
    spec: {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      loadBalancerSourceRanges: ['192.0.2.0/24'],
      selector: { app: 'shop' },
      ports: [{ port: 443, targetPort: 8080 }],
    },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: 'shop',
      annotations: {
        'cert-manager.io/cluster-issuer': 'letsencrypt',
        'nginx.ingress.kubernetes.io/proxy-body-size': '20m',
        'nginx.ingress.kubernetes.io/proxy-read-timeout': '120',
        'nginx.ingress.kubernetes.io/force-ssl-redirect': 'true',
        'nginx.ingress.kubernetes.io/use-regex': 'true',
        'nginx.ingress.kubernetes.io/rewrite-target': '/$2',
        'nginx.ingress.kubernetes.io/cors-allow-origin': 'https://www.shop.test',
        'nginx.ingress.kubernetes.io/affinity': 'cookie',
      },
    },
    spec: {
      ingressClassName: 'nginx',
      tls: [{ hosts: ['shop.test', 'www.shop.test'], secretName: 'shop-tls' }],
      rules: [
        {
          host: 'shop.test',
          http: { paths: [{ path: '/api(/|$)(.*)', pathType: 'ImplementationSpecific', backend }] },
        },
        { host: 'www.shop.test', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } },
      ],
    },
  },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings-5h2k' }, data: { COLOUR: 'teal', a: 'b: c\n' } },
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'shop', labels },
    automountServiceAccountToken: false,
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'shop' },
    spec: { minAvailable: 1, selector: own, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'shop' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' },
      minReplicas: 2,
      maxReplicas: 10,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
        { type: 'Pods', pods: { metric: { name: 'requests' }, target: { type: 'AverageValue', averageValue: '100' } } },
      ],
      behavior: {
        scaleDown: {
          stabilizationWindowSeconds: 300,
          policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }],
        },
      },
    },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'shop' },
    spec: {
      podSelector: own,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } }],
          ports: [{ protocol: 'TCP', port: 8080 }],
        },
      ],
      egress: [
        { ports: [{ protocol: 'UDP', port: 53 }] },
        { to: [{ podSelector: { matchLabels: { app: 'postgres' } } }], ports: [{ port: 5432 }] },
        { to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.0.0/16', '100.64.0.0/10', '10.0.0.0/8'] } }] },
      ],
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop-worker' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'shop-worker' } },
      strategy: { type: 'Recreate' },
      template: {
        metadata: { labels: { app: 'shop-worker' } },
        spec: {
          containers: [
            { name: 'worker', image: 'acme/shop', volumeMounts: [{ name: 'files', mountPath: '/files' }] },
            { name: 'log', image: 'ghcr.io/acme/log:1' },
          ],
          volumes: [{ name: 'files', persistentVolumeClaim: { claimName: 'shop-files' } }],
        },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'shop-files', namespace: 'shops', labels: { app: 'shop' }, annotations: { team: 'shop' } },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'fast',
      volumeMode: 'Filesystem',
      resources: { requests: { storage: '1Gi' } },
    },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'shop-report', namespace: 'shops', labels: { app: 'shop' }, annotations: { team: 'shop' } },
    spec: {
      schedule: '*/5 * * * *',
      timeZone: 'Europe/Berlin',
      concurrencyPolicy: 'Forbid',
      suspend: false,
      startingDeadlineSeconds: 60,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 1,
      jobTemplate: {
        metadata: { labels: { app: 'shop-report' } },
        spec: {
          backoffLimit: 0,
          activeDeadlineSeconds: 60,
          ttlSecondsAfterFinished: 600,
          parallelism: 1,
          completions: 1,
          completionMode: 'NonIndexed',
          suspend: false,
          template: {
            metadata: { labels: { app: 'shop-report' } },
            spec: {
              restartPolicy: 'OnFailure',
              containers: [{ name: 'report', image: 'acme/shop', command: ['report'] }],
            },
          },
        },
      },
    },
  },
] as const satisfies readonly object[] as unknown as readonly SourceObject[]

/** Without parts that are shared, so that a change is at one place. */
export function copyManifests(): SourceObject[] {
  return JSON.parse(JSON.stringify(exampleManifests))
}

const hosts = { ingress: { host: ['shop.test', '*.shop.test'] } }

/** What is brought with the objects is own, and nothing else. */
export function judgeExample(
  brought: readonly SourceObject[],
  settings: object = {},
  granted: readonly string[] = [],
): string[] {
  const objects = dropUnsaid(brought)
  const release = exampleRelease({ ...hosts, ...settings })
  const facts: Facts = {
    release,
    granted,
    pods: readPodFacts(objects, release),
    isOwn: (kind, name) => objects.some((one) => one?.kind === kind && one.metadata?.name === name),
  }
  return findViolations(objects, facts)
}

/** The same with one field of one object set, or left out where the value is undefined. */
export function withField(kind: string, path: readonly (string | number)[], value: unknown): SourceObject[] {
  const objects = copyManifests() as unknown as Record<string, unknown>[]
  const object = objects.find((one) => one.kind === kind)
  const last = path[path.length - 1] as string
  const parent = path.slice(0, -1).reduce<unknown>((inner, key) => {
    const holder = inner as Record<string | number, unknown>
    holder[key] ??= {}
    return holder[key]
  }, object)
  const holder = parent as Record<string, unknown>
  if (value === undefined) delete holder[last]
  else holder[last] = value
  return objects as SourceObject[]
}
