import { expect, test } from 'vitest'
import { buildContainer } from './container.ts'
import { exampleRelease } from './example-release.ts'
import {
  buildAutoscaler,
  buildDisruptionBudget,
  buildIngress,
  buildService,
  buildServiceAccount,
} from './supporting-objects.ts'

const labels = {
  'app.kubernetes.io/managed-by': 'stevedore',
  'app.kubernetes.io/name': 'shop',
  'stevedore.io/app': 'shop',
  'stevedore.io/environment': 'production',
}
const metadata = { name: 'shop', namespace: 'shops', labels }

test('a Service leaves its selector to the route', () => {
  expect(buildService(exampleRelease({ service: 'front' }))).toEqual({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, name: 'front' },
    spec: { type: 'ClusterIP', ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }] },
  })
})

test('further ports stand on the Service and the container under one name, each with what it speaks', () => {
  const release = exampleRelease({
    protocol: 'h2c',
    ports: [
      { containerPort: 9000, protocol: 'grpc' },
      { containerPort: 7000, protocol: 'tcp', port: 5432 },
    ],
  })
  expect(buildService(release).spec.ports).toEqual([
    { name: 'http', port: 80, targetPort: 'http', protocol: 'TCP', appProtocol: 'kubernetes.io/h2c' },
    { name: 'port-9000', port: 9000, targetPort: 'port-9000', protocol: 'TCP', appProtocol: 'grpc' },
    { name: 'port-5432', port: 5432, targetPort: 'port-5432', protocol: 'TCP', appProtocol: 'tcp' },
  ])
  expect(buildContainer(release, { minor: 30, envSecret: undefined }).ports).toEqual([
    { name: 'http', containerPort: 8080, protocol: 'TCP' },
    { name: 'port-9000', containerPort: 9000, protocol: 'TCP' },
    { name: 'port-5432', containerPort: 7000, protocol: 'TCP' },
  ])
})

test('an ingress has a rule for each name, and one certificate for all', () => {
  const { spec } = buildIngress(exampleRelease(), { host: ['shop.test', '*.shop.test'], tls: 'cert' })
  expect(spec.rules?.map(({ host }) => host)).toEqual(['shop.test', '*.shop.test'])
  expect(spec.tls).toEqual([{ hosts: ['shop.test', '*.shop.test'], secretName: 'cert' }])
})

test('the account of an app has no token', () => {
  expect(buildServiceAccount(exampleRelease())).toEqual({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata,
    automountServiceAccountToken: false,
  })
})

test('a disruption budget covers both slots', () => {
  expect(buildDisruptionBudget(exampleRelease(), 'policy/v1beta1')).toEqual({
    apiVersion: 'policy/v1beta1',
    kind: 'PodDisruptionBudget',
    metadata,
    spec: {
      maxUnavailable: 1,
      selector: { matchLabels: { 'stevedore.io/app': 'shop', 'stevedore.io/environment': 'production' } },
    },
  })
})

test('an ingress has a certificate and a class only where the spec names them', () => {
  const rule = {
    host: 'shop.test',
    http: {
      paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'shop', port: { name: 'http' } } } }],
    },
  }
  expect(buildIngress(exampleRelease(), { host: 'shop.test' }).spec).toEqual({ rules: [rule] })
  expect(buildIngress(exampleRelease(), { host: 'shop.test', tls: 'cert', class: 'nginx' }).spec).toEqual({
    ingressClassName: 'nginx',
    tls: [{ hosts: ['shop.test'], secretName: 'cert' }],
    rules: [rule],
  })
})

test('an autoscaler is written in the version that the cluster serves', () => {
  const autoscale = { cpu: 70, min: 3, max: 10 }
  const spec = {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop-next' },
    minReplicas: 3,
    maxReplicas: 10,
  }
  expect(buildAutoscaler(exampleRelease(), autoscale, 'next', 'autoscaling/v1')).toEqual({
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata,
    spec: { ...spec, targetCPUUtilizationPercentage: 70 },
  })
  const target = { type: 'Utilization', averageUtilization: 70 }
  for (const version of ['autoscaling/v2', 'autoscaling/v2beta2'] as const)
    expect(buildAutoscaler(exampleRelease(), autoscale, 'next', version)).toMatchObject({
      apiVersion: version,
      spec: { ...spec, metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }] },
    })
})
