import type { V1DeploymentSpec } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { Deployment } from '../client/kinds.ts'
import { dryRun } from './example-dry-run.ts'
import { judgeExample, withField } from './example-manifests.ts'
import { exampleRelease } from './example-release.ts'
import type { SourceObject } from './policy.ts'
import { rebaseDeployment } from './rebase.ts'
import { dropUnsaid } from './unsaid.ts'

const pod = ['spec', 'template', 'spec'] as const
const strict = {
  ...{ allowPrivilegeEscalation: false, runAsNonRoot: true, runAsUser: 1_000, runAsGroup: 1_000 },
  capabilities: { drop: ['ALL'] },
}

function podOf(objects: SourceObject[]) {
  const deployment = dropUnsaid(objects).find(({ kind }) => kind === 'Deployment') as Deployment
  const base = { deployment, others: [], hasIngress: false, isRemembered: false }
  const rebased = rebaseDeployment(base, exampleRelease({ container: 'web' }), 'main', {
    minor: 30,
    envSecret: undefined,
  })
  return (rebased.spec as V1DeploymentSpec).template.spec
}

const nulls = {
  ...{ runAsUser: null, runAsGroup: null, runAsNonRoot: null, seccompProfile: null },
  ...{ allowPrivilegeEscalation: null, capabilities: null },
}

test.for([
  ['of pods', nulls, nulls],
  ['as a whole', null, null],
  ['deeper', { seccompProfile: { type: 'RuntimeDefault', localhostProfile: null } }, { capabilities: { drop: null } }],
])('null undoes nothing of what is filled in: %s', ([, ofPod, ofContainer]) => {
  const objects = withField('Deployment', [...pod, 'securityContext'], ofPod)
  const template = (objects[0] as Deployment).spec.template.spec
  Object.assign(template.containers[0] ?? {}, { securityContext: ofContainer })
  const made = podOf(objects)
  expect(made?.securityContext).toEqual({ seccompProfile: { type: 'RuntimeDefault' } })
  expect(made?.containers[0]?.securityContext).toEqual(strict)
})

test.for(['Deployment', 'Service', 'PodDisruptionBudget', 'NetworkPolicy', 'Ingress', 'HorizontalPodAutoscaler'])(
  'a %s without a spec is refused',
  (kind) => {
    for (const spec of [undefined, null])
      expect(judgeExample(withField(kind, ['spec'], spec))).toContain(`${kind} shop: spec is missing`)
  },
)

test.for([
  ['ConfigMap', ['data', 'COLOUR'], 'data.COLOUR may be a text, not null'],
  ['Deployment', ['metadata', 'labels', 'tier'], 'metadata.labels.tier may be the value of a label, not null'],
  ['Deployment', [...pod, 'nodeSelector', 'kubernetes.io/os'], 'may be a text, not null'],
] as const)('a text that is missing is no key to leave out: %s %j', ([kind, path, why]) => {
  expect(judgeExample(withField(kind, path, null)).join('\n')).toContain(why)
})

test('a term of affinity without pods is refused', () => {
  const preferredDuringSchedulingIgnoredDuringExecution = [{ weight: 1, podAffinityTerm: null }]
  const affinity = { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution } }
  expect(judgeExample(withField('Deployment', [...pod, 'affinity'], affinity)).join()).toContain(
    'podAffinityTerm is missing',
  )
})

test('what kubectl writes for a manifest passes, and no status is applied', () => {
  const objects = parseAllDocuments(dryRun).map((document) => document.toJS() as SourceObject)
  expect(judgeExample(objects)).toEqual([])
  expect(JSON.stringify(dropUnsaid(objects))).not.toMatch(/status|null/)
})

test('a template of pods may have the name and namespace that kompose gives it, which are not applied', () => {
  const named = { name: 'web', namespace: 'elsewhere', labels: { app: 'shop' } }
  const objects = withField('Deployment', ['spec', 'template', 'metadata'], named).filter(
    ({ kind }) => kind !== 'Service',
  )
  expect(judgeExample(objects).filter((one) => one.includes('template.metadata'))).toEqual([])
  const [deployment] = dropUnsaid(objects) as unknown as Deployment[]
  expect(deployment?.spec.template.metadata).toEqual({ labels: { app: 'shop' } })
})
