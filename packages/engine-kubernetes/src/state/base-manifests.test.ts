import { expect, test } from 'vitest'
import type { PodTemplate } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { exampleRelease } from '../spec/example-release.ts'
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

test('an Ingress that came with its manifests stands still', async () => {
  const brought = { metadata: { name: 'shop', annotations: { 'stevedore.io/origin': 'manifests' } } }
  expect(await loadBase(reader([brought]), release, remember({}))).toMatchObject({ hasIngress: true })
  expect(await loadBase(reader([{ metadata: { name: 'shop' } }]), release, remember({}))).toMatchObject({
    hasIngress: false,
  })
})
