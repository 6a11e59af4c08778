import { expect, test } from 'vitest'
import type { Manifest, PodTemplate } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { exampleRelease } from '../spec/example-release.ts'
import { buildRemembered } from '../spec/remembered.ts'
import { judgeRemembered, loadBase } from './base-manifests.ts'
import { exampleDeployment, exampleReplicaSet, exampleState } from './example-workload.ts'

const reader = (ingresses: object[] = []) =>
  ({
    allowedInManifests: [],
    appLimits: {},
    get: async () => undefined,
    list: async (kind: string) => (kind === 'Ingress' ? ingresses : []),
  }) as unknown as NamespaceReader

/** A place whose cluster remembers revision 3, as it was applied. */
function remember(pod: object) {
  const labels = { app: 'shop', 'stevedore.io/app': 'shop', 'stevedore.io/revision': '3' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'a' }], ...pod } } as PodTemplate
  const spec = { selector: { matchLabels: { app: 'shop', 'stevedore.io/slot': 'next' } }, template }
  const annotations = { 'stevedore.io/revision': '3', 'stevedore.io/applied': JSON.stringify(spec) }
  const replicaSets = [exampleReplicaSet('abc', template, { annotations })]
  const deployment = exampleDeployment(template)
  return exampleState({ main: { slot: 'main', revision: 4, deployment, replicaSets, pods: [] } })
}

const release = exampleRelease({ manifests: 'k8s', ingress: { host: 'shop.test' } })
const tooMuch = { serviceAccountName: 'admin', hostNetwork: true }

test('a revision that is asked for anew is held to what is allowed today', async () => {
  await judgeRemembered(reader(), release, remember({}))
  const judged = judgeRemembered(reader(), release, remember(tooMuch))
  const failure = await judged.catch((error) => error)
  expect(failure).toMatchObject({ code: 'policy-violation' })
  expect(failure.diagnosis).toContain('revision 3 was deployed when more was allowed')
  expect(failure.diagnosis).toContain('Deployment shop: spec.template.spec.serviceAccountName')
  expect(failure.diagnosis).toContain('Deployment shop: spec.template.spec.hostNetwork')
  expect(failure.diagnosis).toContain('deploy its version with manifests that leave them out')
})

test('a rollout that goes wrong returns to it all the same, without its source', async () => {
  const base = await loadBase(reader(), release, remember(tooMuch))
  expect(base).toMatchObject({ isRemembered: true, deployment: { spec: { template: { spec: tooMuch } } } })
})

test('what it brought besides is judged and returned to likewise, as it is kept', async () => {
  const cron = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'night' }, spec: { schedule: 'hourly;' } }
  const { object, mark } = buildRemembered(release, [cron as Manifest])
  const state = remember({})
  Object.assign(state.main?.replicaSets[0]?.metadata.annotations ?? {}, { 'stevedore.io/beside': mark })
  const keeping = (data: object) => {
    const get = async (kind: string) => (kind === 'ConfigMap' ? { ...object, data } : undefined)
    const readCapabilities = async () => ({ cron: 'batch/v1' })
    return { ...reader(), get, readCapabilities } as unknown as NamespaceReader
  }
  await expect(judgeRemembered(keeping(object.data ?? {}), release, state)).rejects.toMatchObject({
    code: 'policy-violation',
    diagnosis: expect.stringContaining('CronJob night: spec.schedule'),
  })
  expect(await loadBase(keeping(object.data ?? {}), release, state)).toMatchObject({ beside: [cron], mark })
  await expect(loadBase(keeping({ objects: '[]' }), release, state)).rejects.toMatchObject({ code: 'needs-attention' })
})

test('an Ingress that came with its manifests stands still', async () => {
  const brought = { metadata: { name: 'shop', annotations: { 'stevedore.io/origin': 'manifests' } } }
  expect(await loadBase(reader([brought]), release, remember({}))).toMatchObject({ hasIngress: true })
  expect(await loadBase(reader([{ metadata: { name: 'shop' } }]), release, remember({}))).toMatchObject({
    hasIngress: false,
  })
})

test('a restart is what the cluster remembers of the revision that it is again, judged likewise and kept under its own number', async () => {
  const cron = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'night' }, spec: { schedule: '@daily' } }
  const { object, mark } = buildRemembered(release, [cron as Manifest])
  const state = remember({})
  Object.assign(state.main?.replicaSets[0]?.metadata.annotations ?? {}, { 'stevedore.io/beside': mark })
  const asked: string[] = []
  const get = async (kind: string, name: string) => {
    if (kind === 'ConfigMap') asked.push(name)
    return kind === 'ConfigMap' ? object : undefined
  }
  const keeping = { ...reader(), get } as unknown as NamespaceReader
  const again = { ...release, revision: 5, again: 3 }
  expect(await loadBase(keeping, again, state)).toMatchObject({
    ...{ isRemembered: true, isAgain: true, mark: undefined, beside: [cron] },
  })
  expect(asked).toEqual(['shop-manifests-r3'])
  await expect(
    judgeRemembered(reader(), { ...release, revision: 5, again: 3 }, remember(tooMuch)),
  ).rejects.toMatchObject({
    diagnosis: expect.stringContaining('revision 3 was deployed when more was allowed'),
  })
  const { sourceDir: _, ...gone } = { ...release, revision: 5, again: 2 }
  await expect(loadBase(reader(), gone, remember({}))).rejects.toMatchObject({
    code: 'needs-attention',
    diagnosis: expect.stringContaining('what the manifests of revision 2 made: deploy its version anew'),
  })
})
