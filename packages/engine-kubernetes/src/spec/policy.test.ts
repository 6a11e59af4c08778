import { expect, test } from 'vitest'
import { exampleManifests, judgeExample, withField } from './example-manifests.ts'

const pod = ['spec', 'template', 'spec'] as const
const web = [...pod, 'containers', 0] as const
const nginx = 'nginx.ingress.kubernetes.io'

test('what a careful team brings passes', () => {
  expect(judgeExample(exampleManifests)).toEqual([])
})

test.for([
  // Secrets of others
  [[...web, 'env', 0, 'valueFrom'], { secretKeyRef: { name: 'payments-db', key: 'URL' } }, 'secretKeyRef.name'],
  [[...web, 'envFrom', 0, 'secretRef'], { name: 'payments-db' }, 'secretRef.name'],
  [[...web, 'envFrom', 0, 'secretRef'], { name: 'shop-pull' }, 'secretRef.name'],
  [[...pod, 'volumes', 0], { name: 'tmp', secret: { secretName: 'payments-db' } }, 'secret.secretName'],
  [[...pod, 'volumes', 0], { name: 'tmp', secret: { secretName: 'shop-api-env-0123456789abcdef' } }, 'secretName'],
  [
    [...pod, 'volumes', 0],
    { name: 'tmp', projected: { sources: [{ secret: { name: 'payments-db' } }] } },
    'volumes[0].projected.sources[0].secret.name',
  ],
  [[...pod, 'imagePullSecrets'], [{ name: 'payments-pull' }], 'imagePullSecrets[0].name'],
  [[...pod, 'volumes', 0], { name: 'tmp', configMap: { name: 'payments' } }, 'configMap.name'],
  [[...web, 'envFrom', 0, 'configMapRef'], { name: 'payments' }, 'configMapRef.name'],
  [[...pod, 'volumes', 0], { name: 'tmp', persistentVolumeClaim: { claimName: 'payments' } }, 'claimName'],
  // Accounts of others
  [[...pod, 'serviceAccountName'], 'admin', 'serviceAccountName'],
  [[...pod, 'serviceAccount'], 'admin', 'serviceAccount'],
  [[...pod, 'ephemeralContainers'], [{ name: 'debug', image: 'busybox' }], 'ephemeralContainers'],
  // The node
  [[...pod, 'hostNetwork'], true, 'hostNetwork'],
  [[...pod, 'hostPID'], true, 'hostPID'],
  [[...pod, 'hostIPC'], true, 'hostIPC'],
  [[...pod, 'hostUsers'], true, 'hostUsers'],
  [[...pod, 'volumes', 0], { name: 'tmp', hostPath: { path: '/' } }, 'volumes[0].hostPath'],
  [[...pod, 'volumes', 0], { name: 'tmp', nfs: { server: 'a', path: '/' } }, 'volumes[0].nfs'],
  [[...pod, 'volumes', 0], { name: 'tmp', iscsi: {} }, 'volumes[0].iscsi'],
  [[...pod, 'volumes', 0], { name: 'tmp', emptyDir: { medium: 'HugePages' } }, 'emptyDir.medium'],
  [[...web, 'ports', 0], { containerPort: 80, hostPort: 80 }, 'ports[0].hostPort'],
  [[...web, 'ports', 0], { containerPort: 80, hostIP: '0.0.0.0' }, 'ports[0].hostIP'],
  [[...pod, 'nodeName'], 'control-plane', 'nodeName'],
  [[...pod, 'nodeSelector', 'node-role.kubernetes.io/control-plane'], '', 'nodeSelector'],
  [[...pod, 'tolerations'], [{ operator: 'Exists' }], 'tolerations[0]'],
  [[...pod, 'tolerations'], [{ key: 'dedicated', operator: 'Exists' }], 'node:dedicated=*'],
  [[...pod, 'schedulerName'], 'mine', 'schedulerName'],
  [[...pod, 'priorityClassName'], 'system-node-critical', 'priority:system-node-critical'],
  [[...pod, 'runtimeClassName'], 'privileged', 'runtime:privileged'],
  [[...web, 'resources', 'limits', 'nvidia.com/gpu'], 1, 'resource:nvidia.com/gpu'],
  [[...web, 'volumeDevices'], [{ name: 'a', devicePath: '/dev/sda' }], 'volumeDevices'],
  [[...web, 'volumeMounts', 0, 'mountPropagation'], 'Bidirectional', 'mountPropagation'],
  // Privileges
  [[...web, 'securityContext', 'privileged'], true, 'containers[0].securityContext.privileged'],
  [[...web, 'securityContext', 'allowPrivilegeEscalation'], true, 'allowPrivilegeEscalation'],
  [[...web, 'securityContext', 'capabilities'], { add: ['SYS_ADMIN'] }, 'capabilities.add[0]'],
  [[...web, 'securityContext', 'procMount'], 'Unmasked', 'procMount'],
  [[...web, 'securityContext', 'seccompProfile'], { type: 'Unconfined' }, 'seccompProfile.type'],
  [[...web, 'securityContext', 'appArmorProfile'], { type: 'Unconfined' }, 'appArmorProfile.type'],
  [[...web, 'securityContext', 'seLinuxOptions'], { level: 's0' }, 'seLinuxOptions'],
  [[...pod, 'securityContext', 'seLinuxOptions'], { type: 'spc_t' }, 'seLinuxOptions'],
  [[...web, 'securityContext', 'windowsOptions'], { hostProcess: true }, 'windowsOptions'],
  [[...pod, 'securityContext', 'windowsOptions'], { hostProcess: true }, 'windowsOptions'],
  [[...pod, 'securityContext', 'sysctls'], [{ name: 'kernel.msgmax', value: '1' }], 'sysctls'],
  [[...pod, 'securityContext', 'runAsUser'], 0, 'securityContext.runAsUser'],
  [[...pod, 'initContainers', 0, 'securityContext', 'runAsUser'], 0, 'initContainers[0].securityContext.runAsUser'],
  [
    [...pod, 'initContainers', 0, 'securityContext', 'privileged'],
    true,
    'initContainers[0].securityContext.privileged',
  ],
  [[...pod, 'securityContext', 'runAsNonRoot'], false, 'runAsNonRoot'],
  [
    ['spec', 'template', 'metadata', 'annotations', 'container.apparmor.security.beta.kubernetes.io/web'],
    'unconfined',
    'apparmor',
  ],
  [
    ['spec', 'template', 'metadata', 'annotations', 'seccomp.security.alpha.kubernetes.io/pod'],
    'unconfined',
    'seccomp',
  ],
  [['spec', 'template', 'metadata', 'annotations', 'vault.hashicorp.com/role'], 'payments', 'vault'],
  [['spec', 'template', 'metadata', 'annotations', 'k8s.v1.cni.cncf.io/networks'], 'host', 'cni'],
  [['spec', 'template', 'metadata', 'labels', 'azure.workload.identity/use'], 'true', 'azure'],
  [['spec', 'template', 'metadata', 'labels', 'stevedore.io/app'], 'payments', 'stevedore.io/app'],
  [['spec', 'template', 'metadata', 'labels', 'pod-template-hash'], 'abc', 'pod-template-hash'],
  // Where probes and hooks ask
  [[...web, 'readinessProbe', 'httpGet', 'host'], '169.254.169.254', 'readinessProbe.httpGet.host'],
  [[...web, 'livenessProbe'], { tcpSocket: { host: '10.0.0.1', port: 22 } }, 'livenessProbe.tcpSocket.host'],
  [[...web, 'lifecycle', 'preStop'], { httpGet: { host: 'a.test', port: 80 } }, 'lifecycle.preStop.httpGet.host'],
  [[...web, 'lifecycle', 'postStart'], { tcpSocket: { port: 80 } }, 'lifecycle.postStart.tcpSocket'],
  // Pods of others
  [['spec', 'selector', 'matchLabels'], { app: 'payments' }, 'spec.selector.matchLabels'],
  [['spec', 'selector'], undefined, 'spec.selector is missing'],
  [[...pod, 'affinity', 'podAffinity'], near({ matchLabels: { app: 'payments' } }), 'labelSelector.matchLabels'],
  [[...pod, 'affinity', 'podAntiAffinity'], near({}), 'labelSelector'],
  [
    [...pod, 'affinity', 'podAntiAffinity'],
    near({ matchLabels: { app: 'shop' } }, { namespaceSelector: {} }),
    'namespaceSelector',
  ],
  [
    [...pod, 'affinity', 'podAntiAffinity'],
    near({ matchExpressions: [{ key: 'app', operator: 'In', values: ['shop', 'payments'] }] }),
    'matchExpressions[0]',
  ],
  [[...pod, 'topologySpreadConstraints', 0, 'labelSelector'], { matchLabels: { app: 'payments' } }, 'topologySpread'],
  [[...pod, 'topologySpreadConstraints', 0, 'topologyKey'], 'rack', 'topologyKey'],
  // Tokens and what the pod is told
  [
    [...pod, 'volumes', 0],
    { name: 'tmp', projected: { sources: [{ clusterTrustBundle: { path: 'a' } }] } },
    'clusterTrustBundle',
  ],
  [[...web, 'env', 0, 'valueFrom'], { fieldRef: { fieldPath: 'spec.containers' } }, 'fieldRef.fieldPath'],
  [[...pod, 'volumes', 0], claim({ dataSource: { kind: 'PersistentVolumeClaim', name: 'payments' } }), 'dataSource'],
  [[...pod, 'volumes', 0], claim({ volumeName: 'pv-1' }), 'volumeName'],
  [['metadata', 'ownerReferences'], [], 'metadata.ownerReferences'],
  [['metadata', 'finalizers'], ['a/b'], 'metadata.finalizers'],
  [['metadata', 'namespace'], 'kube-system', 'metadata.namespace'],
  [['metadata', 'name'], '../x', 'metadata.name'],
  [['metadata', 'labels', 'stevedore.io/environment'], 'production', 'stevedore.io/environment'],
  [['metadata', 'annotations', 'stevedore.io/applied'], '{}', 'stevedore.io/applied'],
  [[...pod, 'containers'], [], 'containers is empty'],
  [[...pod, 'containers'], 'web', 'has to be a list'],
] as const)('a Deployment with %j: %j is refused', ([path, value, where]) => {
  const [violation = '', ...others] = judgeExample(withField('Deployment', path, value))
  expect(violation).toMatch(/^Deployment \S+: (spec|metadata)/)
  expect(violation).toContain(where)
  expect(others).toEqual([])
})

function near(labelSelector: object, more: object = {}) {
  const term = { labelSelector, topologyKey: 'kubernetes.io/hostname', ...more }
  return { requiredDuringSchedulingIgnoredDuringExecution: [term] }
}

function claim(spec: object) {
  return { name: 'tmp', ephemeral: { volumeClaimTemplate: { spec } } }
}

function outTo(cidr: string, ...except: string[]) {
  return { to: [{ ipBlock: { cidr, except } }] }
}

const backend = (name: string) => ({ service: { name, port: { number: 80 } } })
const paths = ['spec', 'rules', 0, 'http', 'paths', 0] as const

test.for([
  ['Service', ['spec', 'externalIPs'], ['192.0.2.1'], 'spec.externalIPs'],
  ['Service', ['spec', 'type'], 'ExternalName', 'spec.type'],
  ['Service', ['spec', 'externalName'], 'metadata.internal', 'spec.externalName'],
  ['Service', ['spec', 'loadBalancerIP'], '192.0.2.1', 'spec.loadBalancerIP'],
  ['Service', ['spec', 'loadBalancerClass'], 'internal', 'spec.loadBalancerClass'],
  ['Service', ['spec', 'clusterIP'], '10.96.0.10', 'spec.clusterIP'],
  ['Service', ['spec', 'selector'], { app: 'payments' }, 'spec.selector[app]'],
  ['Service', ['spec', 'selector'], {}, 'spec.selector'],
  ['Service', ['spec', 'ports', 0, 'nodePort'], 30080, 'node-port:shops/30080'],
  ['Service', ['metadata', 'annotations', 'external-dns.alpha.kubernetes.io/hostname'], 'pay.test', 'external-dns'],
  ['Ingress', ['spec', 'rules', 0, 'host'], 'pay.test', 'spec.rules[0].host'],
  ['Ingress', ['spec', 'rules', 0, 'host'], 'a.b.shop.test', 'spec.rules[0].host'],
  ['Ingress', ['spec', 'rules', 0, 'host'], undefined, 'spec.rules[0].host is missing'],
  ['Ingress', ['spec', 'tls', 0, 'hosts'], ['pay.test'], 'spec.tls[0].hosts[0]'],
  ['Ingress', ['spec', 'tls', 0, 'secretName'], 'payments-tls', 'spec.tls[0].secretName'],
  ['Ingress', ['spec', 'tls', 0, 'secretName'], 'shop-api-env-0123456789abcdef', 'spec.tls[0].secretName'],
  ['Ingress', ['spec', 'defaultBackend'], backend('shop'), 'spec.defaultBackend'],
  ['Ingress', [...paths, 'backend'], backend('payments'), 'backend.service.name'],
  ['Ingress', [...paths, 'backend'], { resource: { kind: 'Bucket', name: 'a' } }, 'backend.resource'],
  ['Ingress', [...paths, 'path'], '/a;} location /b {', 'paths[0].path'],
  ['Ingress', [...paths, 'path'], '/a"\n', 'paths[0].path'],
  ['Ingress', ['metadata', 'annotations', `${nginx}/configuration-snippet`], 'a;', 'configuration-snippet'],
  ['Ingress', ['metadata', 'annotations', `${nginx}/server-snippet`], 'a;', 'server-snippet'],
  ['Ingress', ['metadata', 'annotations', `${nginx}/auth-url`], 'http://a.test', 'auth-url'],
  ['Ingress', ['metadata', 'annotations', `${nginx}/auth-secret`], 'payments', 'auth-secret'],
  ['Ingress', ['metadata', 'annotations', `${nginx}/server-alias`], 'pay.test', 'server-alias'],
  ['Ingress', ['metadata', 'annotations', `${nginx}/mirror-target`], 'http://a.test', 'mirror-target'],
  ['Ingress', ['metadata', 'annotations', `${nginx}/from-to-www-redirect`], 'true', 'from-to-www-redirect'],
  ['Ingress', ['metadata', 'annotations', `${nginx}/proxy-body-size`], '1m;\n}', 'proxy-body-size'],
  ['Ingress', ['metadata', 'annotations', `${nginx}/rewrite-target`], '/a\n}', 'rewrite-target'],
  ['Ingress', ['metadata', 'annotations', 'traefik.ingress.kubernetes.io/router.middlewares'], 'a', 'middlewares'],
  ['ServiceAccount', ['metadata', 'name'], 'stevedore', 'metadata.name'],
  ['ServiceAccount', ['metadata', 'annotations'], { 'eks.amazonaws.com/role-arn': 'arn' }, 'role-arn'],
  ['ServiceAccount', ['imagePullSecrets'], [{ name: 'payments-pull' }], 'imagePullSecrets'],
  ['ServiceAccount', ['secrets'], [{ name: 'payments' }], 'secrets'],
  ['PodDisruptionBudget', ['spec', 'selector'], {}, 'spec.selector'],
  ['PodDisruptionBudget', ['spec', 'selector'], undefined, 'spec.selector is missing'],
  ['PodDisruptionBudget', ['spec', 'selector', 'matchLabels'], { app: 'payments' }, 'matchLabels'],
  [
    'PodDisruptionBudget',
    ['spec', 'selector'],
    { matchExpressions: [{ key: 'b', operator: 'DoesNotExist' }] },
    'selector',
  ],
  ['HorizontalPodAutoscaler', ['spec', 'scaleTargetRef', 'name'], 'payments', 'scaleTargetRef.name'],
  ['HorizontalPodAutoscaler', ['spec', 'scaleTargetRef', 'kind'], 'StatefulSet', 'scaleTargetRef.kind'],
  ['HorizontalPodAutoscaler', ['spec', 'maxReplicas'], 5000, 'maxReplicas'],
  ['HorizontalPodAutoscaler', ['spec', 'metrics', 0], { type: 'Object' }, 'metrics[0].type'],
  ['NetworkPolicy', ['spec', 'podSelector'], {}, 'spec.podSelector'],
  ['NetworkPolicy', ['spec', 'podSelector', 'matchLabels'], { app: 'payments' }, 'podSelector.matchLabels'],
  ['NetworkPolicy', ['spec', 'egress'], [{}], 'spec.egress[0].to'],
  ['NetworkPolicy', ['spec', 'egress'], [{ ports: [{ port: 80 }] }], 'spec.egress[0].to'],
  ['NetworkPolicy', ['spec', 'egress'], [{ to: [] }], 'spec.egress[0].to'],
  [
    'NetworkPolicy',
    ['spec', 'egress'],
    [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }],
    '169.254.0.0/16, 100.100.100.200/32',
  ],
  ['NetworkPolicy', ['spec', 'egress'], [{ to: [{ ipBlock: { cidr: '169.254.169.254/32' } }] }], '169.254.0.0/16'],
  ['NetworkPolicy', ['spec', 'egress'], [{ to: [{ ipBlock: { cidr: '::/0' } }] }], 'fd00:ec2::254'],
  ['NetworkPolicy', ['spec', 'egress'], [outTo('0.0.0.0/0', '169.254.169.254/32')], '169.254.0.0/16'],
  ['NetworkPolicy', ['spec', 'egress'], [outTo('0.0.0.0/0', '169.254.0.0/16')], '100.100.100.200/32'],
  ['NetworkPolicy', ['spec', 'egress'], [outTo('100.64.0.0/10')], '100.100.100.200/32'],
  ['NetworkPolicy', ['spec', 'egress'], [outTo('169.254.170.2/32')], '169.254.0.0/16'],
  ['NetworkPolicy', ['spec', 'egress'], [outTo('::/0', 'fe80::/10', 'fd00:ec2::254/128')], 'fd20:ce::254/128'],
  ['NetworkPolicy', ['spec', 'egress'], [outTo('::ffff:169.254.170.2/128')], 'ipBlock.cidr may be a network'],
  ['NetworkPolicy', ['spec', 'egress'], [outTo('::ffff:0:0/96')], 'ipBlock.cidr may be a network'],
  ['ConfigMap', ['metadata', 'namespace'], 'other', 'metadata.namespace'],
  ['ConfigMap', ['data', 'a'], { b: 1 }, 'data.a'],
  ['ConfigMap', ['apiVersion'], 'v2', 'apiVersion'],
] as const)('%s with %j: %j is refused', ([kind, path, value, where]) => {
  const objects = withField(kind, path, value).filter((object) =>
    [kind, 'Service', 'Deployment', 'ConfigMap', 'ServiceAccount'].includes(object.kind ?? ''),
  )
  const violations = judgeExample(objects).filter((one) => one.startsWith(`${kind} `))
  expect(violations).toHaveLength(1)
  expect(violations[0]).toContain(where)
})

test.for([
  outTo('10.0.0.0/8'),
  outTo('100.64.0.0/10', '100.100.0.0/16'),
  outTo('0.0.0.0/0', '169.254.0.0/16', '100.64.0.0/10'),
  outTo('::/0', 'fe80::/10', 'fc00::/7'),
])('a way out that leaves the networks of metadata closed passes: %j', (way) => {
  expect(judgeExample(withField('NetworkPolicy', ['spec', 'egress'], [way]))).toEqual([])
})

test.for([
  ['rbac.authorization.k8s.io/v1', 'RoleBinding', 'rights are the operator’s'],
  ['v1', 'Secret', 'stevedore secret put'],
  ['v1', 'Pod', 'these are: Deployment'],
  ['apps/v1', 'StatefulSet', '`Recreate`'],
  ['networking.istio.io/v1', 'VirtualService', 'these are: Deployment'],
  ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', 'these are: Deployment'],
] as const)('%s %s is no kind that may be deployed', ([apiVersion, kind, instead]) => {
  const [violation, ...others] = judgeExample([{ apiVersion, kind, metadata: { name: 'x' } }])
  expect(violation).toContain(`${kind} x: ${apiVersion} ${kind} is not a kind that may be deployed`)
  expect(violation).toContain(instead)
  expect(others).toEqual([])
})

test('the account that all pods share gives no token', () => {
  const shared = withField('Deployment', [...pod, 'serviceAccountName'], 'default')
  const template = (shared[0] as unknown as { spec: { template: { spec: Record<string, unknown> } } }).spec.template
  template.spec.automountServiceAccountToken = true
  expect(judgeExample(shared).map((one) => one.split(' ')[2])).toEqual([
    'spec.template.spec.automountServiceAccountToken',
    'spec.template.spec.volumes[4].projected.sources[1].serviceAccountToken.path',
  ])
})

test.for([
  [[...web, 'env', 0, 'valueFrom'], { secretKeyRef: { name: 'shop-db', key: 'a' } }, 'secret:shops/shop-db'],
  [[...pod, 'imagePullSecrets'], [{ name: 'registry' }], 'secret:shops/registry'],
  [[...pod, 'volumes', 0], { name: 'tmp', persistentVolumeClaim: { claimName: 'files' } }, 'claim:shops/*'],
  [[...pod, 'serviceAccountName'], 'robot', 'account:shops/robot'],
  [[...pod, 'nodeSelector', 'pool'], 'shop', 'node:pool=shop'],
  [[...pod, 'tolerations'], [{ key: 'pool', value: 'shop', effect: 'NoSchedule' }], 'node:pool=shop'],
  [[...pod, 'priorityClassName'], 'high', 'priority:high'],
  [[...pod, 'runtimeClassName'], 'gvisor', 'runtime:gvisor'],
  [[...web, 'resources', 'limits', 'nvidia.com/gpu'], 1, 'resource:nvidia.com/gpu'],
  [['metadata', 'annotations', 'acme.test/owner'], 'shop', 'annotation:acme.test/*'],
  [['spec', 'template', 'metadata', 'labels', 'acme.test/owner'], 'shop', 'label:acme.test/owner'],
] as const)('an operator gives %j: %j by %s', ([path, value, grant]) => {
  const objects = withField('Deployment', path, value)
  const [violation] = judgeExample(objects)
  expect(violation).toContain('ALLOWED_IN_MANIFESTS')
  expect(judgeExample(objects, {}, [grant])).toEqual([])
  expect(judgeExample(objects, { namespace: 'others' }, [grant]).length > 0).toBe(true)
})

test('the spec gives root and capabilities', () => {
  const root = withField('Deployment', [...pod, 'securityContext', 'runAsUser'], 0)
  expect(judgeExample(root, { allowRoot: true })).toEqual([])
  const chown = withField('Deployment', [...web, 'securityContext', 'capabilities'], { add: ['CHOWN'] })
  expect(judgeExample(chown, { capabilities: ['CHOWN'] })).toEqual([])
})

test('words of others are cut and made visible', () => {
  const key = `\u202e\u001b]52;c;aaa ${'a '.repeat(250)}`
  const [violation = ''] = judgeExample(withField('Deployment', [...pod, key], 1))
  expect(violation).toContain('\\u{202e}\\u{1b}]52;c;aaa')
  expect(violation.length).toBeLessThan(300)
})
