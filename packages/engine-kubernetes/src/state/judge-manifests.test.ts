import { expect, test } from 'vitest'
import type { NamespaceReader } from '../client/namespace.ts'
import { copyManifests, withField } from '../spec/example-manifests.ts'
import { exampleRelease } from '../spec/example-release.ts'
import type { SourceObject } from '../spec/policy.ts'
import { requireAllowed } from './judge-manifests.ts'

const release = exampleRelease({ ingress: { host: ['shop.test', '*.shop.test'] } })
const ours = {
  'app.kubernetes.io/managed-by': 'stevedore',
  'stevedore.io/app': 'shop',
  'stevedore.io/environment': 'production',
}
const anothers = { ...ours, 'stevedore.io/app': 'payments' }

const jobPod = ['spec', 'jobTemplate', 'spec', 'template', 'spec'] as const

interface Found {
  kind: string
  name: string
  labels?: Record<string, string>
  selector?: Record<string, string>
}

/** A namespace with these objects. */
function openNamespace(...objects: Found[]): NamespaceReader {
  const stored = objects.map(({ kind, name, labels = {}, selector = {} }) => ({
    kind,
    metadata: { name, labels },
    spec: { selector },
  }))
  return {
    allowedInManifests: [],
    appLimits: {},
    get: async (kind: string, name: string) => stored.find((one) => one.kind === kind && one.metadata.name === name),
    readCapabilities: async () => ({ cron: 'batch/v1' }),
    list: async (kind: string) => stored.filter((one) => one.kind === kind),
  } as unknown as NamespaceReader
}

async function refusalOf(objects: readonly SourceObject[], ...found: Found[]): Promise<string> {
  const judged = requireAllowed(openNamespace(...found), objects, release)
  return judged.then(
    () => '',
    (error) => {
      expect(error).toMatchObject({ code: 'policy-violation' })
      return error.diagnosis
    },
  )
}

test('on an empty namespace and on the environment’s own objects they pass', async () => {
  expect(await refusalOf(copyManifests())).toBe('')
  const own = (kind: string, name: string) => ({ kind, name, labels: ours, selector: { app: 'shop' } })
  expect(await refusalOf(copyManifests(), own('ServiceAccount', 'shop'), own('Service', 'shop-headless'))).toBe('')
})

test.for([
  ['ServiceAccount', 'shop', {}],
  ['ServiceAccount', 'shop', anothers],
  ['Service', 'shop-public', {}],
  ['ConfigMap', 'settings-5h2k', {}],
  ['Ingress', 'shop', anothers],
  ['HorizontalPodAutoscaler', 'shop', anothers],
] as const)('a %s %s that others have (%j) is not brought', async ([kind, name, labels]) => {
  expect(await refusalOf(copyManifests(), { kind, name, labels })).toBe(
    `${kind} ${name}: metadata.name is of one that exists and is others': choose another, such as shop-…`,
  )
})

test.for([
  ['Deployment', 'shop-worker', {}, 'or delete it'],
  ['Deployment', 'shop-worker', { ...ours, 'stevedore.io/environment': 'staging' }, 'or delete it'],
  ['CronJob', 'shop-report', {}, 'or delete it'],
  ['PersistentVolumeClaim', 'shop-files', {}, 'or label it'],
  ['PersistentVolumeClaim', 'shop-files', anothers, 'or label it'],
] as const)('a %s %s that others have (%j) is not taken over by its name', async ([kind, name, labels, instead]) => {
  const refusal = await refusalOf(copyManifests(), { kind, name, labels })
  expect(refusal).toContain(`${kind} ${name}: metadata.name is of one that exists and is others'`)
  expect(refusal).toContain(instead)
  expect(await refusalOf(copyManifests(), { kind, name, labels: ours })).toBe('')
})

test('the Deployment that serves gets a name of its own', async () => {
  expect(await refusalOf(copyManifests(), { kind: 'Deployment', name: 'shop' })).toBe('')
})

test('an account that the operator gives has to be there, and is made by nobody here', async () => {
  const objects = withField('CronJob', [...jobPod, 'serviceAccountName'], 'robot')
  const judge = (...found: Found[]) =>
    requireAllowed({ ...openNamespace(...found), allowedInManifests: ['account:shops/robot'] }, objects, release)
  await expect(judge()).rejects.toMatchObject({
    code: 'config-missing',
    diagnosis: expect.stringContaining('ServiceAccount robot, which the manifests name, is not in shops'),
  })
  const allowed = await judge({ kind: 'ServiceAccount', name: 'robot' })
  expect(allowed.filter(({ kind, metadata }) => kind === 'ServiceAccount' && metadata.name === 'robot')).toEqual([])
  expect(await refusalOf(objects, { kind: 'ServiceAccount', name: 'robot' })).toContain('add account:shops/robot to')
})

test('a claim that is not brought is to carry the environment’s labels, or to be given', async () => {
  const volume = { name: 'held', persistentVolumeClaim: { claimName: 'held' } }
  const objects = withField('CronJob', [...jobPod, 'volumes'], [volume])
  const kind = 'PersistentVolumeClaim'
  expect(await refusalOf(objects, { kind, name: 'held', labels: ours })).toBe('')
  for (const labels of [{}, anothers])
    expect(await refusalOf(objects, { kind, name: 'held', labels })).toContain('add claim:shops/held to')
})

test('what others made in the app’s name is left to `force`, and the environment’s Service is used as it stands', async () => {
  const found = [
    { kind: 'Ingress', name: 'shop' },
    { kind: 'Service', name: 'shop', selector: { app: 'shop' } },
    { kind: 'Service', name: 'shop-by-hand', selector: { app: 'shop' } },
  ]
  expect(await refusalOf(copyManifests(), ...found)).toBe('')
})

const pod = ['spec', 'template', 'spec'] as const
test.for([
  ['ServiceAccount', [...pod, 'serviceAccountName'], 'robot'],
  ['ConfigMap', [...pod, 'containers', 0, 'envFrom', 0], { configMapRef: { name: 'robot' } }],
] as const)('a %s that is not brought is to carry the environment’s labels', async ([kind, path, value]) => {
  const objects = withField('Deployment', path, value)
  expect(await refusalOf(objects, { kind, name: 'robot', labels: ours })).toBe('')
  for (const found of [[], [{ kind, name: 'robot' }], [{ kind, name: 'robot', labels: anothers }]])
    expect(await refusalOf(objects, ...found)).toContain(`label it \`app.kubernetes.io/managed-by=stevedore\``)
})

test('an Ingress leads to no Service of others', async () => {
  const path = ['spec', 'rules', 0, 'http', 'paths', 0, 'backend', 'service', 'name'] as const
  const objects = withField('Ingress', path, 'payments')
  expect(await refusalOf(objects, { kind: 'Service', name: 'payments' })).toContain(
    'Ingress shop: spec.rules[0].http.paths[0].backend.service.name may be a Service of the manifests',
  )
})

test('pods carry no labels by which a Service of others chooses', async () => {
  const selector = { app: 'shop', tier: 'front' }
  expect(await refusalOf(copyManifests(), { kind: 'Service', name: 'payments', selector })).toContain(
    'the Service payments of others would lead to these pods by app, tier',
  )
  expect(await refusalOf(copyManifests(), { kind: 'Service', name: 'payments', selector: { app: 'pay' } })).toBe('')
})

test.each(['shop', 'shop-admin', 'shop-admin-headless'])(
  'a Service %s of the app shop-admin is not the app shop’s by its name',
  async (name) => {
    const labels = { ...ours, 'stevedore.io/app': 'shop-admin' }
    const service = { kind: 'Service', name, labels, selector: { app: 'shop' } }
    const deployed = exampleRelease({ ingress: { host: ['shop.test', '*.shop.test'] }, service: 'shop-web' })
    const judged = requireAllowed(openNamespace(service), copyManifests(), name === 'shop' ? deployed : release)
    await expect(judged).rejects.toMatchObject({
      diagnosis: expect.stringContaining(`the Service ${name} of others would lead to these pods`),
    })
  },
)

test.each(['Ingress', 'ConfigMap', 'HorizontalPodAutoscaler'] as const)(
  'a %s of the app shop-admin is not taken over by its name',
  async (kind) => {
    const labels = { ...ours, 'stevedore.io/app': 'shop-admin' }
    const name = kind === 'ConfigMap' ? 'shop-admin' : 'shop'
    const objects =
      kind === 'ConfigMap' ? [...copyManifests(), { apiVersion: 'v1', kind, metadata: { name } }] : copyManifests()
    expect(await refusalOf(objects, { kind, name, labels })).toContain(
      `${kind} ${name}: metadata.name is of one that exists`,
    )
  },
)

test('very many faults are told as far as anybody reads', async () => {
  const objects = Array.from({ length: 80 }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `p${index}` },
  }))
  const lines = (await refusalOf(objects)).split('\n')
  expect(lines).toHaveLength(51)
  expect(lines.at(-1)).toBe('and 30 more')
})

test('what is given back to be applied is what was judged: nothing that is null, no status', async () => {
  const objects = withField('Deployment', ['spec', 'template', 'spec', 'securityContext', 'runAsUser'], null)
  const allowed = await requireAllowed(openNamespace(), objects, release)
  expect(allowed).toHaveLength(objects.length)
  expect(JSON.stringify(allowed)).not.toMatch(/:null|"status"/)
})
