import { expect, test } from 'vitest'
import { exampleRelease } from './example-release.ts'
import { findViolations } from './policy.ts'

const withPod = (pod: object, settings: object = {}) => {
  const spec = { template: { spec: { containers: [{ name: 'web' }], ...pod } } }
  return findViolations(
    [{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'shop' }, spec } as never],
    exampleRelease(settings),
  )
}
const withSecurity = (securityContext: object, settings: object = {}) =>
  withPod({ containers: [{ name: 'web', securityContext }] }, settings)

test('what keeps to the rules passes', () => {
  expect(withPod({ securityContext: { runAsUser: 1000 }, volumes: [{ name: 'c', configMap: { name: 'x' } }] })).toEqual(
    [],
  )
  expect(withSecurity({ capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } })).toEqual([])
  expect(withSecurity({ capabilities: { add: ['CHOWN'] } }, { capabilities: ['CHOWN'] })).toEqual([])
  expect(withSecurity({ runAsUser: 0 }, { user: 0, allowRoot: true })).toEqual([])
})

test.for([
  [{ privileged: true }, 'privileged'],
  [{ allowPrivilegeEscalation: true }, 'allowPrivilegeEscalation'],
  [{ capabilities: { add: ['SYS_ADMIN'] } }, 'SYS_ADMIN'],
  [{ procMount: 'Unmasked' }, 'procMount'],
  [{ seccompProfile: { type: 'Unconfined' } }, 'seccomp'],
  [{ runAsUser: 0 }, 'allowRoot'],
] as const)('a container with %j is refused', ([security, reason]) => {
  const [violation, ...others] = withSecurity(security)
  expect(violation).toMatch(/^Deployment shop: container web: /)
  expect(violation).toContain(reason)
  expect(others).toEqual([])
})

test.for([
  [{ hostNetwork: true }, 'hostNetwork'],
  [{ hostPID: true }, 'hostPID'],
  [{ hostIPC: true }, 'hostIPC'],
  [{ serviceAccountName: 'admin' }, 'ServiceAccount admin'],
  [{ serviceAccount: 'admin' }, 'ServiceAccount admin'],
  [{ nodeName: 'control-plane' }, 'node'],
  [{ priorityClassName: 'system-node-critical' }, 'priorities'],
  [{ securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } }, 'sysctls'],
  [{ volumes: [{ name: 'root', hostPath: { path: '/' } }] }, 'hostPath'],
  [{ volumes: [{ name: 'disk', nfs: { server: 'x', path: '/' } }] }, 'nfs'],
  [{ initContainers: [{ name: 'init', securityContext: { privileged: true } }] }, 'container init: privileged'],
  [{ containers: [{ name: 'web', ports: [{ containerPort: 80, hostPort: 80 }] }] }, 'host ports'],
] as const)('pods with %j are refused', ([pod, reason]) => {
  const violations = withPod(pod)
  expect(violations).toHaveLength(1)
  expect(violations[0]).toContain(reason)
})

test.for([
  [{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'x' } }, 'not a kind'],
  [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } }, 'not a kind'],
  [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } }, 'not a kind'],
  [{ apiVersion: 'extensions/v1beta1', kind: 'Ingress', metadata: { name: 'x' } }, 'not a kind'],
  [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'other' } }, 'namespace other'],
  [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '../x' } }, 'proper name'],
  [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', finalizers: ['a/b'] } }, 'finalizers'],
  [{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, spec: { type: 'ExternalName' } }, 'ExternalName'],
] as const)('%j is refused', ([object, reason]) => {
  const violations = findViolations([object as never], exampleRelease())
  expect(violations).toHaveLength(1)
  expect(violations[0]).toContain(reason)
})

test('an account may be chosen when the manifests bring it', () => {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'own' } }
  const spec = { template: { spec: { serviceAccountName: 'own', containers: [] } } }
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'shop' }, spec }
  expect(findViolations([account, deployment as never], exampleRelease())).toEqual([])
})
