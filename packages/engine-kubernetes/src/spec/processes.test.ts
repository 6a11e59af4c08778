import { expect, test } from 'vitest'
import { exampleRelease } from './example-release.ts'
import { buildProcess } from './processes.ts'
import { buildSelector } from './selector.ts'

const facts = { minor: 30, envSecret: undefined }
const labels = {
  'stevedore.io/app': 'shop',
  'stevedore.io/process-of': 'production',
  'stevedore.io/process': 'worker',
  'stevedore.io/revision': '3',
}
const processes = { worker: { command: ['work'], replicas: 2, stopTimeout: '10m' } }

test('a process is a K8sDeployment of its revision, with its own time to end and neither ports nor probes', () => {
  const built = buildProcess(
    exampleRelease({ processes, health: { path: '/health' }, ingress: { host: 'a.test' } }),
    'worker',
    facts,
  )
  expect(built.metadata).toMatchObject({
    name: 'shop-worker-r3',
    labels: { 'stevedore.io/app': 'shop', 'stevedore.io/environment': 'production', 'stevedore.io/process': 'worker' },
  })
  expect(built.metadata.labels).not.toHaveProperty('stevedore.io/slot')
  expect(built.spec).toMatchObject({ selector: { matchLabels: labels }, minReadySeconds: 5, revisionHistoryLimit: 0 })
  expect(built.spec.template.spec).toMatchObject({ serviceAccountName: 'shop', terminationGracePeriodSeconds: 600 })
  const [container] = built.spec.template.spec.containers
  expect(container).toMatchObject({ name: 'shop', command: ['work'] })
  for (const key of ['ports', 'readinessProbe', 'startupProbe', 'lifecycle']) expect(container).not.toHaveProperty(key)
})

test('no Service of the place selects its pods, and its network policy does', () => {
  const release = exampleRelease({ processes, networkPolicy: { to: [{ app: 'db' }] } })
  const own = buildProcess(release, 'worker', facts).spec.template.metadata?.labels ?? {}
  expect(own).toMatchObject({ ...labels, 'stevedore.io/network': 'production.r3', 'app.kubernetes.io/name': 'shop' })
  for (const slots of [[], ['main'], ['next'], ['main', 'next']] as const)
    expect(Object.entries(buildSelector(release, slots)).every(([key, value]) => own[key] === value)).toBe(false)
})

test('a command that it is asked by becomes its probes', () => {
  const asked = { worker: { command: ['work'], health: { command: ['alive'] } } }
  const { spec } = buildProcess(exampleRelease({ processes: asked }), 'worker', facts)
  expect(spec.template.spec.containers[0]).toMatchObject({ readinessProbe: { exec: { command: ['alive'] } } })
  expect(spec).not.toHaveProperty('minReadySeconds')
})
