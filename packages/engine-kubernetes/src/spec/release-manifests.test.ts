import { expect, test } from 'vitest'
import { exampleRelease } from './example-release.ts'
import { buildJob } from './job.ts'
import { buildReleaseManifests, type ManifestInput } from './release-manifests.ts'

const capabilities = {
  minor: 20,
  autoscaling: 'autoscaling/v2beta2',
  policy: 'policy/v1beta1',
  cron: 'batch/v1beta1',
  argo: false,
} as const

const build = (settings: object, input: Partial<ManifestInput> = {}) =>
  buildReleaseManifests({
    release: exampleRelease(settings),
    capabilities,
    adopted: undefined,
    base: undefined,
    serving: 'main',
    defaultMemory: undefined,
    ...input,
  })

test('what Stevedore makes comes in the order in which it must be there', async () => {
  const settings = { ingress: { host: 'a.test' }, autoscale: { cpu: 50, min: 1, max: 2 }, secrets: ['KEY'] }
  const release = exampleRelease(settings, { secrets: { KEY: 'k' }, credential: { username: 'u', password: 'p' } })
  const { supporting, force } = await build(settings, { release })
  expect(supporting.map(({ kind }) => kind)).toEqual([
    'Secret',
    'Secret',
    'ServiceAccount',
    'Service',
    'PodDisruptionBudget',
    'Ingress',
    'HorizontalPodAutoscaler',
  ])
  expect(force).toBe(true)
})

test('beside what is adopted only what the spec names is made, and nothing is forced unasked', async () => {
  const adopted = { spec: { template: { spec: { containers: [{ name: 'web' }] } } } } as never
  expect(await build({}, { adopted })).toMatchObject({ supporting: [], force: false })
  const forced = await build(
    { force: true, ingress: { host: 'a.test' } },
    { release: exampleRelease({ force: true }), adopted },
  )
  expect(forced.force).toBe(true)
})

test('each slot notes what was applied, and `next` what `main` becomes', async () => {
  const { deployments } = await build({})
  const { main, next } = deployments
  expect(JSON.parse(main.metadata!.annotations!['stevedore.io/applied']!)).toEqual(main.spec)
  expect(main.metadata?.annotations?.['stevedore.io/revision']).toBe('3')
  const promotion = JSON.parse(next.metadata!.annotations!['stevedore.io/promotion']!)
  expect(promotion).toMatchObject({ metadata: { name: 'shop' }, spec: main.spec })
})

test('an Ingress of the manifests stands in place of the one that the spec would have made', async () => {
  const spec = { selector: {}, template: { spec: { containers: [{ name: 'web' }] } } }
  const base = { deployment: { metadata: { name: 'shop' }, spec }, others: [], isRemembered: true }
  const kinds = async (hasIngress: boolean) => {
    const { supporting } = await build({ ingress: { host: 'a.test' } }, { base: { ...base, hasIngress } })
    return supporting.map(({ kind }) => kind)
  }
  expect(await kinds(true)).toEqual([])
  expect(await kinds(false)).toEqual(['Ingress'])
})

test('what names no memory has the worker’s limit, in every kind of pods that Stevedore makes', async () => {
  const limited = { limits: { memory: '1Gi' } }
  const canary = { type: 'canary', steps: [{ setWeight: 50 }], controller: 'argo' }
  const { deployments, template, rollout } = await build({ strategy: canary }, { defaultMemory: '1Gi' })
  const job = buildJob(exampleRelease(), template, { role: 'migrate', command: ['up'], timeoutSeconds: 1 })
  for (const made of [deployments.main, deployments.next, rollout, job])
    expect(made).toMatchObject({ spec: { template: { spec: { containers: [{ resources: limited }] } } } })
})

test('what is adopted keeps the resources that its owner gave it', async () => {
  const resources = { requests: { memory: '64Mi' } }
  const adopted = { spec: { template: { spec: { containers: [{ name: 'web', resources }] } } } } as never
  const { template } = await build({}, { adopted, defaultMemory: '1Gi' })
  expect(template.spec.containers[0]?.resources).toEqual(resources)
})
