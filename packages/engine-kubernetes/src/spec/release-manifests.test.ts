import { expect, test } from 'vitest'
import { exampleRelease } from './example-release.ts'
import { type BlueprintInput, drawBlueprint } from './release-manifests.ts'

const served = { minor: 20, autoscaling: 'autoscaling/v2beta2', policy: 'policy/v1beta1', argo: false } as const

const draw = (settings: object, input: Partial<BlueprintInput> = {}) =>
  drawBlueprint({
    release: exampleRelease(settings),
    served,
    adopted: undefined,
    base: undefined,
    serving: 'main',
    ...input,
  })

test('what Stevedore makes comes in the order in which it must be there', async () => {
  const settings = { ingress: { host: 'a.test' }, autoscale: { cpu: 50, min: 1, max: 2 }, secrets: ['KEY'] }
  const release = exampleRelease(settings, { secrets: { KEY: 'k' }, credential: { username: 'u', password: 'p' } })
  const { around, force } = await draw(settings, { release })
  expect(around.map(({ kind }) => kind)).toEqual([
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

test('around what is adopted only what the spec names is made, and nothing is forced unasked', async () => {
  const adopted = { spec: { template: { spec: { containers: [{ name: 'web' }] } } } } as never
  expect(await draw({}, { adopted })).toMatchObject({ around: [], force: false })
  const forced = await draw(
    { force: true, ingress: { host: 'a.test' } },
    { release: exampleRelease({ force: true }), adopted },
  )
  expect(forced.force).toBe(true)
})

test('each slot notes what was applied, and `next` what `main` becomes', async () => {
  const { deployments } = await draw({})
  const { main, next } = deployments
  expect(JSON.parse(main.metadata!.annotations!['stevedore.io/applied']!)).toEqual(main.spec)
  expect(main.metadata?.annotations?.['stevedore.io/revision']).toBe('3')
  const promotion = JSON.parse(next.metadata!.annotations!['stevedore.io/promotion']!)
  expect(promotion).toMatchObject({ metadata: { name: 'shop' }, spec: main.spec })
})
