import type { V1PodSpec } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import type { Manifest, ManifestOf } from '../client/kinds.ts'
import { copyManifests } from './example-manifests.ts'
import { exampleRelease } from './example-release.ts'
import { type BaseManifests, rebaseDeployment, rebaseOthers } from './rebase.ts'

const facts = { minor: 30, envSecret: undefined }
const place = { 'stevedore.io/app': 'shop', 'stevedore.io/environment': 'production' }
const bare = { name: 'web', image: 'ghcr.io/acme/shop:1' }

function baseOf(spec: Partial<V1PodSpec>): BaseManifests {
  const template = { metadata: { labels: { app: 'shop' } }, spec: { containers: [bare], ...spec } }
  const deployment = { metadata: { name: 'shop' }, spec: { selector: { matchLabels: { app: 'shop' } }, template } }
  return { deployment, others: [], hasIngress: false, isRemembered: false }
}

const rebase = (base: BaseManifests, settings: object = {}) =>
  rebaseDeployment(base, exampleRelease(settings), 'main', facts).spec.template.spec

test('what pods leave unsaid is as strict as in those that Stevedore makes', () => {
  const pod = rebase(baseOf({ initContainers: [{ name: 'wait', image: 'busybox:1' }] }))
  const strict = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsNonRoot: true }
  expect(pod).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
    initContainers: [{ name: 'wait', securityContext: strict }],
    containers: [{ name: 'web', securityContext: { ...strict, runAsUser: 1_000, runAsGroup: 1_000 } }],
  })
  expect(pod.initContainers?.[0]?.securityContext).not.toHaveProperty('runAsUser')
})

test('what they say stays', () => {
  const securityContext = { runAsUser: 7, capabilities: { drop: ['KILL'] }, readOnlyRootFilesystem: true }
  const said = baseOf({
    serviceAccountName: 'shop',
    securityContext: { fsGroup: 5 },
    containers: [{ ...bare, securityContext }],
  })
  const pod = rebase(said)
  expect(pod.containers[0]?.securityContext).toEqual({ allowPrivilegeEscalation: false, ...securityContext })
  expect(pod.securityContext).toEqual({ seccompProfile: { type: 'RuntimeDefault' }, fsGroup: 5 })
  expect(pod).not.toHaveProperty('automountServiceAccountToken')
  expect(rebase(baseOf({ securityContext: { runAsUser: 7 } })).containers[0]?.securityContext).not.toHaveProperty(
    'runAsUser',
  )
})

test.each([[[]], [undefined], [null as never]])('a list of dropped capabilities that is %j drops all', (drop) => {
  const own = { ...bare, securityContext: { capabilities: { ...(drop === undefined ? {} : { drop }) } } }
  const { containers, initContainers } = rebase(baseOf({ containers: [own], initContainers: [own] }))
  for (const one of [containers[0], initContainers?.[0]])
    expect(one?.securityContext?.capabilities).toEqual({ drop: ['ALL'] })
})

test.for([
  [{ fromImage: { user: 101, group: 102 } }, { runAsNonRoot: true, runAsUser: 101, runAsGroup: 102 }],
  [{ fromImage: { user: 'node' } }, { runAsNonRoot: true }],
  [{ allowRoot: true }, {}],
] as const)('with %j the app runs as %j', ([settings, user]) => {
  const release = { ...exampleRelease(), settings: { ...exampleRelease().settings, ...settings } }
  const { template } = rebaseDeployment(baseOf({}), release as never, 'main', facts).spec
  const strict = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }
  expect(template.spec.containers[0]?.securityContext).toEqual({ ...strict, ...user })
})

test('the spec’s own settings are laid over what the manifests say, field by field', () => {
  const securityContext = { readOnlyRootFilesystem: true, runAsUser: 7 }
  const base = baseOf({ securityContext: { fsGroup: 5 }, containers: [{ ...bare, securityContext }] })
  const pod = rebase(base, { user: 9, capabilities: ['CHOWN'] })
  expect(pod.securityContext).toMatchObject({ fsGroup: 5, runAsUser: 9 })
  expect(pod.containers[0]?.securityContext).toMatchObject({
    ...securityContext,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'], add: ['CHOWN'] },
  })
})

test('a revision that the cluster remembers is as it was, and one of today the same again', () => {
  expect(rebase({ ...baseOf({}), isRemembered: true })).not.toHaveProperty('securityContext')
  const first = rebaseDeployment(baseOf({}), exampleRelease({ capabilities: ['KILL'] }), 'main', facts)
  const again = { ...baseOf({}), deployment: { metadata: { name: 'shop' }, spec: first.spec }, isRemembered: true }
  expect(rebase(again, { capabilities: ['KILL'] })).toEqual(first.spec.template.spec)
})

test('what chooses pods chooses those of the environment alone', () => {
  const [deployment, ...others] = copyManifests() as Manifest[]
  const base = { ...baseOf({}), deployment: deployment as ManifestOf<'Deployment'>, others }
  const { affinity, topologySpreadConstraints: spread } = rebase(base)
  const near = affinity?.podAntiAffinity
  expect(spread?.[0]?.labelSelector?.matchLabels).toEqual({ app: 'shop', ...place })
  expect(near?.requiredDuringSchedulingIgnoredDuringExecution?.[0]?.labelSelector?.matchLabels).toEqual({
    app: 'shop',
    ...place,
  })
  expect(near?.preferredDuringSchedulingIgnoredDuringExecution?.[0]?.podAffinityTerm.labelSelector).toEqual({
    matchExpressions: [{ key: 'app', operator: 'In', values: ['shop'] }],
    matchLabels: place,
  })
  const rebased = rebaseOthers(base, exampleRelease())
  const specOf = (kind: string, name: string) =>
    rebased.find((one) => one.kind === kind && one.metadata.name === name)?.spec
  expect(specOf('Service', 'shop-headless')).toMatchObject({ selector: { app: 'shop', ...place } })
  expect(specOf('Service', 'shop')).not.toHaveProperty('selector')
  expect(specOf('PodDisruptionBudget', 'shop')).toMatchObject({ selector: { matchLabels: { app: 'shop', ...place } } })
  expect(specOf('NetworkPolicy', 'shop')).toMatchObject({ podSelector: { matchLabels: { app: 'shop', ...place } } })
})

test('every container of manifests that names no memory has the worker’s limit, one that is remembered is as it was', () => {
  const resources = { limits: { memory: '64Mi' } }
  const base = baseOf({ containers: [bare, { ...bare, name: 'log', resources }], initContainers: [bare] })
  const rebased = (more: Partial<BaseManifests> = {}) =>
    rebaseDeployment({ ...base, ...more }, exampleRelease({ container: 'web' }), 'main', {
      ...facts,
      defaultMemory: '1Gi',
    }).spec.template.spec
  const limited = { resources: { limits: { memory: '1Gi' } } }
  expect(rebased()).toMatchObject({ containers: [limited, { resources }], initContainers: [limited] })
  expect(rebased({ isRemembered: true }).containers[0]).not.toHaveProperty('resources')
})
