export const exampleLabels = { app: 'shop', tier: 'front' }
export const ownPods = { matchLabels: { app: 'shop' } }
const byExpression = { matchExpressions: [{ key: 'app', operator: 'In', values: ['shop'] }] }
const restricted = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
}

const web = {
  name: 'web',
  image: 'ghcr.io/acme/shop:1',
  imagePullPolicy: 'IfNotPresent',
  command: ['node', 'server.js'],
  args: ['--port', '8080'],
  workingDir: '/app',
  env: [
    { name: 'LEVEL', value: 'info' },
    { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'NAMESPACE', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } } },
    { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    { name: 'TIER', valueFrom: { fieldRef: { fieldPath: "metadata.labels['tier']" } } },
    { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
    { name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'settings-5h2k', key: 'COLOUR', optional: true } } },
  ],
  envFrom: [{ prefix: 'S_', configMapRef: { name: 'settings-5h2k' } }],
  ports: [
    { name: 'http', containerPort: 8080, protocol: 'TCP' },
    { name: 'metrics', containerPort: 9090 },
  ],
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi', 'ephemeral-storage': '1Gi' } },
  startupProbe: { httpGet: { path: '/health', port: 'http' }, failureThreshold: 30, periodSeconds: 1 },
  readinessProbe: {
    httpGet: { path: '/ready?deep=1', port: 8080, scheme: 'HTTP', httpHeaders: [{ name: 'Host', value: 'shop.test' }] },
    initialDelaySeconds: 1,
    timeoutSeconds: 2,
    successThreshold: 1,
  },
  livenessProbe: { exec: { command: ['/bin/true'] }, periodSeconds: 10 },
  lifecycle: { preStop: { sleep: { seconds: 5 } }, postStart: { exec: { command: ['/bin/true'] } } },
  securityContext: restricted,
  volumeMounts: [
    { name: 'tmp', mountPath: '/tmp' },
    { name: 'settings', mountPath: '/etc/shop', subPath: 'a', readOnly: true },
  ],
  terminationMessagePolicy: 'FallbackToLogsOnError',
  stdin: false,
  tty: false,
}

/** The pods of a careful team. */
export const examplePod = {
  serviceAccountName: 'shop',
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  terminationGracePeriodSeconds: 40,
  restartPolicy: 'Always',
  dnsPolicy: 'ClusterFirst',
  dnsConfig: { options: [{ name: 'ndots', value: '2' }] },
  hostAliases: [{ ip: '10.0.0.9', hostnames: ['legacy.test'] }],
  securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000, seccompProfile: { type: 'RuntimeDefault' } },
  initContainers: [
    { name: 'wait', image: 'busybox:1', command: ['true'], securityContext: restricted },
    { name: 'proxy', image: 'envoy:1', restartPolicy: 'Always', readinessProbe: { tcpSocket: { port: 15000 } } },
  ],
  containers: [
    web,
    { name: 'exporter', image: 'exporter:1', livenessProbe: { grpc: { port: 9000, service: 'a' } }, resources: {} },
  ],
  volumes: [
    { name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
    { name: 'cache', emptyDir: {} },
    { name: 'settings', configMap: { name: 'settings-5h2k', items: [{ key: 'a', path: 'a', mode: 292 }] } },
    { name: 'info', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
    {
      name: 'all',
      projected: {
        defaultMode: 292,
        sources: [
          { configMap: { name: 'kube-root-ca.crt' } },
          { serviceAccountToken: { path: 'token', audience: 'shop', expirationSeconds: 3600 } },
        ],
      },
    },
    {
      name: 'scratch',
      ephemeral: {
        volumeClaimTemplate: {
          metadata: { labels: { app: 'shop' } },
          spec: {
            accessModes: ['ReadWriteOnce'],
            resources: { requests: { storage: '1Gi' } },
            storageClassName: 'fast',
          },
        },
      },
    },
  ],
  nodeSelector: { 'kubernetes.io/arch': 'amd64', 'kubernetes.io/os': 'linux' },
  tolerations: [
    { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 },
  ],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['a', 'b'] }] },
        ],
      },
    },
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 100, podAffinityTerm: { labelSelector: byExpression, topologyKey: 'kubernetes.io/hostname' } },
      ],
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: ownPods, topologyKey: 'topology.kubernetes.io/zone' },
      ],
    },
  },
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: ownPods },
  ],
}
