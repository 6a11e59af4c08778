import { expect, test } from 'vitest'
import { buildDeployment, buildStrategy } from './deployment.ts'
import { exampleRelease } from './example-release.ts'

const facts = { minor: 30, envSecret: undefined }
const own = { 'stevedore.io/app': 'shop', 'stevedore.io/environment': 'production' }

test('a spec of defaults makes a restricted, drained, spread K8sDeployment without a size', () => {
  const httpHeaders = [{ name: 'Host', value: 'localhost' }]
  const probe = { httpGet: { path: '/health', port: 'http', scheme: 'HTTP', httpHeaders }, timeoutSeconds: 2 }
  expect(buildDeployment(exampleRelease({ health: { path: '/health' } }), 'main', facts)).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'shop',
      namespace: 'shops',
      labels: {
        'app.kubernetes.io/managed-by': 'stevedore',
        'app.kubernetes.io/name': 'shop',
        ...own,
        'stevedore.io/slot': 'main',
        'stevedore.io/revision': '3',
      },
      annotations: { 'kubernetes.io/change-cause': 'deploy 1.2.0' },
    },
    spec: {
      selector: { matchLabels: { ...own, 'stevedore.io/slot': 'main' } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      revisionHistoryLimit: 20,
      progressDeadlineSeconds: 660,
      template: {
        metadata: {
          labels: {
            'app.kubernetes.io/managed-by': 'stevedore',
            'app.kubernetes.io/name': 'shop',
            'app.kubernetes.io/version': '1.2.0',
            ...own,
            'stevedore.io/slot': 'main',
            'stevedore.io/revision': '3',
          },
        },
        spec: {
          serviceAccountName: 'shop',
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 15,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 1000,
            runAsGroup: 1000,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: { ...own, 'stevedore.io/slot': 'main' } },
            },
          ],
          containers: [
            {
              name: 'shop',
              image: 'ghcr.io/acme/shop@sha256:abc',
              imagePullPolicy: 'IfNotPresent',
              ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
              startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 2_147_483_647 },
              readinessProbe: { ...probe, periodSeconds: 10, successThreshold: 1, failureThreshold: 6 },
              lifecycle: { preStop: { sleep: { seconds: 5 } } },
              securityContext: {
                allowPrivilegeEscalation: false,
                privileged: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
            },
          ],
        },
      },
    },
  })
})

test('all that a spec can say of a container is in it', () => {
  const release = exampleRelease(
    {
      deployment: 'web',
      container: 'app',
      command: ['serve', '--fast'],
      containerPort: 3000,
      env: { B: '2', A: '1' },
      secrets: ['TOKEN', 'KEY'],
      resources: { requests: { cpu: '250m', memory: '64Mi' }, limits: { memory: '128Mi' } },
      health: { command: ['check'], interval: '500ms', timeout: '100ms', threshold: 1, deadline: '90s' },
      writablePaths: ['/tmp', '/var/cache'],
      readOnlyRoot: false,
      user: 0,
      allowRoot: true,
      drain: '30s',
    },
    { credential: { username: 'u', password: 'p' } },
  )
  const { metadata, spec } = buildDeployment(release, 'next', { minor: 20, envSecret: 'web-env-1' })
  expect(metadata?.name).toBe('web-next')
  expect(spec?.template.spec).toMatchObject({
    serviceAccountName: 'web',
    imagePullSecrets: [{ name: 'web-pull' }],
    terminationGracePeriodSeconds: 35,
    securityContext: { runAsNonRoot: false, runAsUser: 0 },
    volumes: [
      { name: 'writable-0', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
      { name: 'writable-1', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
    ],
  })
  expect(spec?.template.spec?.containers[0]).toMatchObject({
    name: 'app',
    command: ['serve', '--fast'],
    ports: [{ containerPort: 3000 }],
    env: [
      { name: 'A', value: '1' },
      { name: 'B', value: '2' },
      { name: 'KEY', valueFrom: { secretKeyRef: { name: 'web-env-1', key: 'KEY' } } },
      { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'web-env-1', key: 'TOKEN' } } },
    ],
    resources: { requests: { cpu: '250m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    startupProbe: { exec: { command: ['check'] }, periodSeconds: 1, timeoutSeconds: 1 },
    readinessProbe: { exec: { command: ['check'] }, periodSeconds: 10, timeoutSeconds: 1, successThreshold: 1 },
    lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } },
    securityContext: { readOnlyRootFilesystem: false },
    volumeMounts: [
      { name: 'writable-0', mountPath: '/tmp' },
      { name: 'writable-1', mountPath: '/var/cache' },
    ],
  })
})

test('a pod runs as its image means it, with what the spec gives back and its own time to end', () => {
  const { settings, ...rest } = exampleRelease({
    ...{ args: ['--fast'], init: true, capabilities: ['CHOWN'], stopTimeout: '1h', drain: '0s' },
  })
  const fromImage = { user: 101, health: { command: ['healthy'], timeout: '5000ms' } }
  const build = (image: typeof fromImage & { group?: number }) =>
    buildDeployment({ ...rest, settings: { ...settings, fromImage: image } }, 'main', {
      minor: 20,
      envSecret: undefined,
    })
  const pod = build(fromImage).spec?.template.spec
  expect(pod).toMatchObject({ terminationGracePeriodSeconds: 3_605, shareProcessNamespace: true })
  expect(pod?.securityContext).toEqual({
    ...{ runAsNonRoot: true, runAsUser: 101, seccompProfile: { type: 'RuntimeDefault' } },
  })
  expect(build({ ...fromImage, group: 0 }).spec?.template.spec?.securityContext).toMatchObject({ runAsGroup: 0 })
  expect(pod?.containers[0]).toMatchObject({
    args: ['--fast'],
    securityContext: { capabilities: { drop: ['ALL'], add: ['CHOWN'] } },
    readinessProbe: { exec: { command: ['healthy'] }, timeoutSeconds: 5 },
  })
})

test('only rolling may leave replicas out', () => {
  expect(buildStrategy({ type: 'rolling', maxSurge: '25%', maxUnavailable: 1 }).rollingUpdate).toEqual({
    maxSurge: '25%',
    maxUnavailable: 1,
  })
  expect(buildStrategy({ type: 'blue-green', scaleDownDelay: '5m' }).rollingUpdate).toEqual({
    maxSurge: 1,
    maxUnavailable: 0,
  })
})

test('a worker without a port is asked nothing, and has to run for a while', () => {
  const { spec } = buildDeployment(exampleRelease({ command: ['work'] }), 'main', facts)
  expect(spec?.minReadySeconds).toBe(5)
  const { startupProbe, readinessProbe } = spec?.template.spec?.containers[0] ?? {}
  expect([startupProbe, readinessProbe]).toEqual([undefined, undefined])
})

test('what names nothing is asked for a connection where its image EXPOSEs the port', () => {
  const { settings, ...rest } = exampleRelease()
  const build = (more: object) =>
    buildDeployment({ ...rest, settings: { ...settings, ...more } }, 'main', facts).spec?.template.spec?.containers[0]
  expect(build({ fromImage: { port: 8080 } })?.readinessProbe).toMatchObject({ tcpSocket: { port: 'http' } })
  expect(build({ fromImage: { port: 80 } })?.readinessProbe).toBeUndefined()
  const ports = [{ containerPort: 9000, protocol: 'tcp' }]
  expect(build({ ports, fromImage: { port: 8080 } })?.readinessProbe).toMatchObject({ tcpSocket: { port: 9000 } })
})

test.each([{ health: { path: '/health' } }, { health: { command: ['check'] } }, { protocol: 'grpc' }])(
  'of %o nothing is restarted that runs',
  (settings) => {
    const [app] = buildDeployment(exampleRelease(settings), 'main', facts).spec?.template.spec?.containers ?? []
    expect(app).not.toHaveProperty('livenessProbe')
    expect(app?.startupProbe?.failureThreshold).toBe(2_147_483_647)
  },
)

test.each([
  ['shop.example.com', 'shop.example.com'],
  [['shop.example.com', 'www.example.com'], 'shop.example.com'],
  ['*.example.com', 'localhost'],
])('behind an Ingress for %j health is asked as %s', (host, name) => {
  const { spec } = buildDeployment(exampleRelease({ health: { path: '/' }, ingress: { host } }), 'main', facts)
  expect(spec?.template.spec?.containers[0]?.readinessProbe?.httpGet?.httpHeaders).toEqual([
    { name: 'Host', value: name },
  ])
})

test.each([
  { health: { path: '/health' } },
  { health: { command: ['check'] } },
  { ingress: { host: 'shop.example.com' } },
  { service: 'shop-web' },
  { containerPort: 3000 },
  { strategy: 'blue-green' },
  { protocol: 'grpc' },
  { ports: [{ containerPort: 9000 }] },
  { check: { path: '/check' } },
])('what names %o is asked', (settings) => {
  const { spec } = buildDeployment(exampleRelease(settings), 'main', facts)
  expect(spec?.minReadySeconds).toBeUndefined()
  expect(spec?.template.spec?.containers[0]?.readinessProbe).toBeDefined()
})

test.each([
  [{ protocol: 'grpc' }, 'http'],
  [{ protocol: 'grpc', ports: [{ containerPort: 9000 }] }, 'http'],
  [{ ports: [{ containerPort: 9000 }, { containerPort: 9001 }] }, 9000],
])('%j is asked for a connection on %s', (settings, port) => {
  const { spec } = buildDeployment(exampleRelease(settings), 'main', facts)
  const { startupProbe, readinessProbe } = spec?.template.spec?.containers[0] ?? {}
  for (const probe of [startupProbe, readinessProbe]) expect(probe).toMatchObject({ tcpSocket: { port } })
})

test('what is asked slowly while a deploy waits is not asked more often later', () => {
  const release = exampleRelease({ health: { path: '/', interval: '30s', steadyInterval: '10s', threshold: 4 } })
  const { startupProbe, readinessProbe } =
    buildDeployment(release, 'main', facts).spec?.template.spec?.containers[0] ?? {}
  expect(startupProbe).toMatchObject({ periodSeconds: 30 })
  expect(readinessProbe).toMatchObject({ periodSeconds: 30, successThreshold: 3 })
})
