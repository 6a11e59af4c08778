import { expect, test } from 'vitest'
import { copyManifests, judgeExample, withField } from './example-manifests.ts'

const jobs = ['spec', 'jobTemplate', 'spec'] as const

test.for([
  ['PersistentVolumeClaim', ['metadata', 'name'], 'payments.production.uploads', 'metadata.name'],
  ['PersistentVolumeClaim', ['metadata', 'namespace'], 'other', 'metadata.namespace'],
  ['PersistentVolumeClaim', ['metadata', 'finalizers'], ['a/b'], 'metadata.finalizers'],
  ['PersistentVolumeClaim', ['spec', 'volumeName'], 'pv-of-payments', 'spec.volumeName'],
  ['PersistentVolumeClaim', ['spec', 'selector'], { matchLabels: { a: 'b' } }, 'spec.selector'],
  ['PersistentVolumeClaim', ['spec', 'dataSource'], { kind: 'VolumeSnapshot', name: 'payments' }, 'spec.dataSource'],
  ['PersistentVolumeClaim', ['spec', 'volumeMode'], 'Block', 'spec.volumeMode'],
  ['PersistentVolumeClaim', ['spec', 'accessModes'], [], 'spec.accessModes is empty'],
  ['PersistentVolumeClaim', ['spec', 'accessModes'], undefined, 'spec.accessModes is missing'],
  ['PersistentVolumeClaim', ['spec', 'resources'], undefined, 'spec.resources is missing'],
  ['PersistentVolumeClaim', ['spec', 'resources', 'requests', 'cpu'], '1', 'spec.resources.requests.cpu'],
  ['CronJob', ['metadata', 'name'], 'a'.repeat(53), 'metadata.name'],
  ['CronJob', ['spec', 'schedule'], '* * * * *; rm', 'spec.schedule'],
  ['CronJob', ['spec', 'schedule'], undefined, 'spec.schedule is missing'],
  ['CronJob', [...jobs, 'completions'], 5_000, 'completions'],
  ['CronJob', [...jobs, 'selector'], { matchLabels: { app: 'payments' } }, 'jobTemplate.spec.selector'],
  ['CronJob', [...jobs, 'template', 'spec', 'restartPolicy'], 'Always', 'template.spec.restartPolicy'],
  ['CronJob', [...jobs, 'template', 'spec', 'hostPID'], true, 'template.spec.hostPID'],
  ['CronJob', [...jobs, 'template', 'spec', 'serviceAccountName'], 'admin', 'account:shops/admin'],
  ['CronJob', [...jobs, 'template', 'spec', 'automountServiceAccountToken'], true, 'automountServiceAccountToken'],
  ['CronJob', [...jobs, 'template', 'spec', 'containers', 0, 'securityContext'], { privileged: true }, 'privileged'],
  ['CronJob', [...jobs, 'template', 'metadata', 'labels'], { 'stevedore.io/app': 'payments' }, 'stevedore.io/app'],
] as const)('%s with %j: %j is refused', ([kind, path, value, where]) => {
  const violations = judgeExample(withField(kind, path, value))
  const [violation, ...others] = violations.filter((one) => one.startsWith(`${kind} `))
  expect(violation).toContain(where)
  expect(others).toEqual([])
})

test('a Deployment beside the one that serves is judged by itself', () => {
  const objects = copyManifests()
  const worker = objects.find(({ metadata }) => metadata?.name === 'shop-worker') as never as { spec: object }
  expect(judgeExample(objects)).toEqual([])
  worker.spec = { ...worker.spec, selector: { matchLabels: { app: 'shop' } } }
  expect(judgeExample(objects)).toEqual([
    'Deployment shop-worker: spec.selector.matchLabels[app] may be labels of its template, not shop: on these pods it is shop-worker',
  ])
})

test('each pod has its own account: that of another gives it no token', () => {
  const token = ['spec', 'jobTemplate', 'spec', 'template', 'spec', 'automountServiceAccountToken'] as const
  expect(judgeExample(withField('CronJob', token, true))).toHaveLength(1)
})
