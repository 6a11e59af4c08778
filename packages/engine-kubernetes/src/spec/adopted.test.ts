import { expect, test } from 'vitest'
import type { Deployment } from '../client/kinds.ts'
import { buildAdopted, buildBesideAdopted, chooseContainer } from './adopted.ts'
import { exampleRelease } from './example-release.ts'

const facts = { minor: 20, envSecret: undefined }
const live = {
  metadata: { name: 'shop' },
  spec: {
    selector: { matchLabels: { app: 'shop' } },
    template: {
      metadata: { labels: { app: 'shop' }, annotations: { scrape: 'yes' }, creationTimestamp: new Date(0) },
      spec: {
        serviceAccountName: 'theirs',
        containers: [
          {
            name: 'web',
            image: 'ghcr.io/acme/shop:old',
            env: [
              { name: 'KEPT', value: '1' },
              { name: 'A', value: '0' },
            ],
          },
          { name: 'proxy', image: 'envoy:1' },
        ],
      },
    },
  },
} satisfies Pick<Deployment, 'spec'> & { metadata: object }

test('of an adopted K8sDeployment only the image is set where the spec says nothing else', () => {
  expect(buildAdopted(exampleRelease(), live, facts)).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'shop',
      namespace: 'shops',
      labels: { 'stevedore.io/revision': '3' },
      annotations: { 'kubernetes.io/change-cause': 'deploy 1.2.0' },
    },
    spec: { template: { spec: { containers: [{ name: 'web', image: 'ghcr.io/acme/shop@sha256:abc' }] } } },
  })
})

test('an adopted one runs as it does, whatever its image or a revision of earlier days says', () => {
  const { settings, ...rest } = exampleRelease({ user: 1000 })
  const fromImage = { user: 101, health: { command: ['healthy'] } }
  const { spec } = buildAdopted({ ...rest, settings: { ...settings, fromImage } }, live, facts)
  expect(spec).toEqual({ template: { spec: { containers: [{ name: 'web', image: 'ghcr.io/acme/shop@sha256:abc' }] } } })
})

test('of an adopted one the user, its rights and its time to end are set where they are named', () => {
  const release = exampleRelease({ user: 33, capabilities: ['CHOWN'], stopTimeout: '2m', init: true, args: ['x'] })
  const { spec } = buildAdopted(release, live, facts)
  expect(spec.template.spec).toMatchObject({
    ...{ terminationGracePeriodSeconds: 120, shareProcessNamespace: true, securityContext: { runAsUser: 33 } },
    containers: [{ args: ['x'], securityContext: { capabilities: { drop: ['ALL'], add: ['CHOWN'] } } }],
  })
  expect(spec.template.spec.containers[0]?.securityContext).not.toHaveProperty('readOnlyRootFilesystem')
})

test('what the spec names is set, with probes by number', () => {
  const release = exampleRelease({
    env: { A: '1' },
    resources: { limits: { memory: '64Mi' } },
    health: { path: '/ok' },
    strategy: { type: 'rolling', maxSurge: 2 },
    drain: '20s',
    containerPort: 3000,
  })
  const { spec } = buildAdopted(release, live, facts)
  expect(spec?.strategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } })
  expect(spec?.template.spec).toMatchObject({
    terminationGracePeriodSeconds: 20,
    containers: [
      {
        env: [{ name: 'A', value: '1' }],
        resources: { limits: { memory: '64Mi' } },
        readinessProbe: { httpGet: { path: '/ok', port: 3000 } },
      },
    ],
  })
  expect(spec?.template.spec?.containers[0]).not.toHaveProperty('securityContext')
  expect(spec?.template.spec?.containers[0]).not.toHaveProperty('livenessProbe')
})

test.each([{ health: { deadline: '5m' } }, { health: { threshold: 1 }, service: 'shop', protocol: 'grpc' }])(
  'with %o an adopted one is asked as its owner said',
  (settings) => {
    const [web] = buildAdopted(exampleRelease(settings), live, facts).spec.template.spec.containers
    expect(Object.keys(web ?? {}).filter((key) => key.endsWith('Probe'))).toEqual([])
  },
)

test('what stands beside it has its pods with the release’s fields, and labels that tell them apart', () => {
  const release = exampleRelease({ env: { A: '1' } })
  const { metadata, spec } = buildBesideAdopted(release, live, buildAdopted(release, live, facts))
  const own = { 'stevedore.io/app': 'shop', 'stevedore.io/environment': 'production', 'stevedore.io/slot': 'next' }
  expect(metadata?.name).toBe('shop-next')
  expect(spec?.selector).toEqual({ matchLabels: own })
  expect(spec?.template.metadata).toEqual({
    labels: { app: 'shop', ...own, 'stevedore.io/revision': '3' },
    annotations: { scrape: 'yes' },
  })
  expect(spec?.template.spec).toEqual({
    serviceAccountName: 'theirs',
    containers: [
      {
        name: 'web',
        image: release.image,
        env: [
          { name: 'KEPT', value: '1' },
          { name: 'A', value: '1' },
        ],
      },
      { name: 'proxy', image: 'envoy:1' },
    ],
  })
})

test('a container is chosen by its setting, as the only one, by the app’s name or by its image', () => {
  const containers = live.spec.template.spec.containers
  expect(chooseContainer(exampleRelease({ container: 'proxy' }), containers)).toBe('proxy')
  expect(chooseContainer(exampleRelease(), [{ name: 'only' }])).toBe('only')
  expect(chooseContainer(exampleRelease(), [{ name: 'a' }, { name: 'shop' }])).toBe('shop')
  expect(chooseContainer(exampleRelease(), containers)).toBe('web')
  expect(() => chooseContainer(exampleRelease(), [{ name: 'a' }, { name: 'b' }])).toThrow(
    expect.objectContaining({ code: 'policy-violation', diagnosis: 'set container: to one of a, b' }),
  )
  expect(() => chooseContainer(exampleRelease({ container: 'c' }), containers)).toThrow(
    expect.objectContaining({ diagnosis: 'there is no container c; there are: web, proxy' }),
  )
})
