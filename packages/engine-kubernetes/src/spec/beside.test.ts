import { expect, test } from 'vitest'
import type { Manifest, ManifestOf } from '../client/kinds.ts'
import { buildBeside } from './beside.ts'
import { copyManifests } from './example-manifests.ts'
import { exampleRelease } from './example-release.ts'
import type { KubernetesRelease } from './place.ts'
import { rebaseDeployment, rebaseOthers } from './rebase.ts'
import { splitBase } from './split-base.ts'

const release = exampleRelease({ env: { LEVEL: 'debug' }, secrets: ['KEY'] }, { secrets: { KEY: 'k' } })
const facts = { minor: 20, envSecret: 'shop-env-1', defaultMemory: '1Gi', cron: 'batch/v1beta1' } as const
const manifests = () => copyManifests() as Manifest[]

function build(objects = manifests(), given: KubernetesRelease = release) {
  const [worker, cron] = buildBeside(splitBase(objects, given), given, facts)
  return { worker: worker as ManifestOf<'Deployment'>, cron: cron as ManifestOf<'CronJob'> }
}

function named(objects: Manifest[], name: string, kind = 'Deployment') {
  return objects.find((one) => one.kind === kind && one.metadata.name === name) as never as ManifestOf<'Deployment'>
}

test('what runs the app has the release’s image, env and secrets, and what else runs keeps its own', () => {
  const { worker, cron } = build()
  const [app, log] = worker.spec.template.spec.containers
  expect(app).toMatchObject({ name: 'worker', image: release.image })
  expect(app?.env?.map(({ name }) => name)).toEqual(['LEVEL', 'KEY'])
  expect(app?.env?.[1]?.valueFrom).toEqual({ secretKeyRef: { name: 'shop-env-1', key: 'KEY' } })
  expect(log).toMatchObject({ image: 'ghcr.io/acme/log:1' })
  expect(log).not.toHaveProperty('env')
  const [report] = cron.spec.jobTemplate.spec.template.spec.containers
  expect(report).toMatchObject({ image: release.image, command: ['report'] })
  expect(cron.apiVersion).toBe('batch/v1beta1')
})

test.each(['ghcr.io/acme/shop:2', 'acme/shop', 'ghcr.io/acme/shop@sha256:old', undefined])(
  'a container of the image %s is the app’s',
  (image) => {
    const objects = manifests()
    const [container] = named(objects, 'shop-worker').spec.template.spec.containers
    Object.assign(container as object, { image })
    expect(build(objects).worker.spec.template.spec.containers[0]?.image).toBe(release.image)
  },
)

test.each(['redis', 'acme/shop-admin', 'docker.io/acme/shop', 'shopper:1', 'ghcr.io/shop'])(
  'a container of the image %s is not',
  (image) => {
    const objects = manifests()
    const [container] = named(objects, 'shop-worker').spec.template.spec.containers
    Object.assign(container as object, { image })
    expect(build(objects).worker.spec.template.spec.containers[0]).toMatchObject({ image })
    expect(build(objects).worker.spec.template.spec.containers[0]).not.toHaveProperty('env')
  },
)

test('its pods are as strict as those that serve, and no Service of these finds them', () => {
  const { worker, cron } = build()
  for (const { spec, metadata } of [worker.spec.template, cron.spec.jobTemplate.spec.template]) {
    expect(spec).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
    })
    expect(spec.containers[0]?.securityContext).toMatchObject({ runAsNonRoot: true, capabilities: { drop: ['ALL'] } })
    expect(spec.containers[0]?.resources?.limits).toEqual({ memory: '1Gi' })
    expect(metadata?.labels).toMatchObject({ 'stevedore.io/app': 'shop', 'stevedore.io/manifests': 'production' })
    expect(metadata?.labels).not.toHaveProperty(['stevedore.io/environment'])
    expect(metadata?.labels).not.toHaveProperty(['stevedore.io/revision'])
  }
})

test('it is as many as the manifests say, or as its autoscaler says', () => {
  expect(build().worker.spec.replicas).toBe(1)
  const objects = manifests()
  const autoscaler = named(objects, 'shop', 'HorizontalPodAutoscaler') as never as ManifestOf<'HorizontalPodAutoscaler'>
  autoscaler.spec.scaleTargetRef.name = 'shop-worker'
  const { worker } = build(objects)
  expect(worker.spec).not.toHaveProperty('replicas')
  const remembered = { ...splitBase(objects, release), beside: [worker], others: [], isRemembered: true }
  expect(buildBeside(remembered, release, facts)[0]?.spec).not.toHaveProperty('replicas')
})

test('a count that a person asked for goes before that of the manifests, remembered or not', () => {
  const base = splitBase(manifests(), release)
  const scaled = { ...release, scale: { web: 2, 'shop-worker': 0 } }
  expect(buildBeside(base, scaled, facts)[0]?.spec).toMatchObject({ replicas: 0 })
  const remembered = { ...base, beside: [build().worker], others: [], isRemembered: true }
  expect(buildBeside(remembered, scaled, facts)[0]?.spec).toMatchObject({ replicas: 0 })
  expect(buildBeside(remembered, { ...release, scale: { web: 2 } }, facts)[0]?.spec).toMatchObject({ replicas: 1 })
})

test('what is remembered is built again as it was, with today’s secrets', () => {
  const { worker, cron } = build()
  const remembered = { ...splitBase(manifests(), release), beside: [worker, cron], others: [], isRemembered: true }
  expect(buildBeside(remembered, release, facts)).toEqual([worker, cron])
  const later = buildBeside(remembered, release, { ...facts, envSecret: 'shop-env-2', defaultMemory: '2Gi' })
  expect(JSON.stringify(later)).toContain('shop-env-2')
  expect(JSON.stringify(later)).not.toMatch(/shop-env-1|2Gi/)
})

test('what chooses pods by labels is narrowed to those that it is of', () => {
  const base = (selector: object) =>
    splitBase(
      [...manifests(), { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { selector } }],
      release,
    )
  const selectorOf = (selector: object) => {
    const service = rebaseOthers(base(selector), release).find(({ metadata }) => metadata.name === 'a')
    return (service as ManifestOf<'Service'>).spec.selector
  }
  const place = { 'stevedore.io/app': 'shop', 'stevedore.io/environment': 'production' }
  const all = { 'stevedore.io/app': 'shop', 'stevedore.io/manifests': 'production' }
  expect(selectorOf({ app: 'shop' })).toEqual({ app: 'shop', ...place })
  expect(selectorOf({ app: 'shop-worker' })).toEqual({ app: 'shop-worker', ...all })
  expect(selectorOf({ 'app.kubernetes.io/name': 'shop' })).toEqual({ 'app.kubernetes.io/name': 'shop', ...place })
  expect(selectorOf({ 'stevedore.io/process': 'shop-worker' })).toMatchObject(all)
  const objects = manifests()
  Object.assign(named(objects, 'shop-worker').spec.template.metadata?.labels ?? {}, { tier: 'front' })
  const [both] = rebaseOthers(
    splitBase(
      [
        ...objects,
        { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { selector: { tier: 'front' } } },
      ],
      release,
    ),
    release,
  ).filter(({ metadata }) => metadata.name === 'a')
  expect(both?.spec).toEqual({ selector: { tier: 'front', ...all } })
  const serving = rebaseDeployment(base({}), release, 'main', facts)
  expect(serving.spec.template.metadata?.labels).toMatchObject({ ...place, ...all })
})

test('what is asked nothing has to run for a while', () => {
  expect(build().worker.spec.minReadySeconds).toBe(5)
  const objects = manifests()
  const [container] = named(objects, 'shop-worker').spec.template.spec.containers
  Object.assign(container as object, { readinessProbe: { exec: { command: ['true'] } } })
  expect(build(objects).worker.spec).not.toHaveProperty('minReadySeconds')
  Object.assign(named(objects, 'shop-worker').spec, { minReadySeconds: 1 })
  expect(build(objects).worker.spec.minReadySeconds).toBe(1)
})

test('a policy of the spec closes its pods in, by whatever name', () => {
  const objects = manifests()
  const { template } = named(objects, 'shop-worker').spec
  Object.assign(template.metadata?.labels ?? {}, { 'app.kubernetes.io/name': 'worker' })
  const labelsOf = (given: KubernetesRelease) => build(objects, given).worker.spec.template.metadata?.labels
  expect(labelsOf(release)).toMatchObject({ 'app.kubernetes.io/name': 'worker' })
  expect(labelsOf(release)).not.toHaveProperty(['stevedore.io/network'])
  expect(labelsOf(exampleRelease({ networkPolicy: { from: [] } }))).toMatchObject({
    'app.kubernetes.io/name': 'shop',
    'stevedore.io/network': 'production.r3',
  })
  expect(build(manifests()).worker.spec.template.metadata?.labels).toMatchObject({ 'app.kubernetes.io/name': 'shop' })
})
