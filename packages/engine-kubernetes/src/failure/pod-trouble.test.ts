import { expect, test } from 'vitest'
import type { Pod } from '../client/kinds.ts'
import { allowForPullSecret, describePod, findPodTrouble, type Trouble } from './pod-trouble.ts'
import { countFailedPulls } from './warnings.ts'

const pod = (status: object): Pod => ({ metadata: { name: 'p' }, spec: { containers: [] }, status })
const waiting = (reason: string, message = '', more: object = {}) =>
  pod({
    containerStatuses: [
      { name: 'web', ready: false, restartCount: 0, state: { waiting: { reason, message } }, ...more },
    ],
  })
const find = (found: Pod) => findPodTrouble(found, 60_000)

test.for([
  ['manifest for a/b@sha256:1 not found: manifest unknown', 'image-missing'],
  ['failed to resolve reference "a/b:1": a/b:1: not found', 'image-missing'],
  ['pull access denied for a/b, repository does not exist or may require docker login', 'registry-denied'],
  ['Get "https://r/v2/": no basic auth credentials', 'registry-denied'],
  ['failed to authorize: 401 Unauthorized', 'registry-denied'],
  ['dial tcp 127.0.0.1:5000: connect: connection refused', 'image-pull-failed'],
  ['dial tcp: lookup registry.test: no such host', 'image-pull-failed'],
] as const)('a pull that fails with "%s" is %s', ([message, code]) => {
  expect(find(waiting('ErrImagePull', message))).toMatchObject({ code, pod: 'p', container: 'web' })
})

test('a pull that is put off tells no cause, so its events are asked', () => {
  expect(find(waiting('ImagePullBackOff', 'Back-off pulling image "a/b"'))).toMatchObject({
    code: 'image-pull-failed',
    vague: true,
  })
})

test('a container that ends again and again crashed, with its code and the output before', () => {
  const lastState = { terminated: { exitCode: 3, reason: 'Error' } }
  expect(find(waiting('CrashLoopBackOff', '', { restartCount: 2, lastState }))).toMatchObject({
    code: 'container-crashed',
    summary: 'exited with code 3, 2 restarts',
    output: 'previous',
    afterMs: 0,
  })
})

test('a first end is not yet a crash: Kubernetes starts it again at once', () => {
  const state = { terminated: { exitCode: 1 } }
  expect(find(pod({ containerStatuses: [{ name: 'web', ready: false, restartCount: 0, state }] }))).toBeUndefined()
  expect(find(pod({ containerStatuses: [{ name: 'web', ready: false, restartCount: 1, state }] }))).toMatchObject({
    output: 'current',
  })
})

test('running out of memory is said', () => {
  const lastState = { terminated: { exitCode: 137, reason: 'OOMKilled' } }
  const killed = waiting('CrashLoopBackOff', '', { restartCount: 1, lastState })
  const limited = { containers: [{ name: 'web', resources: { limits: { memory: '1Gi' } } }] }
  expect(find({ ...killed, spec: limited })).toMatchObject({
    code: 'resource-exceeded',
    summary: 'ran out of memory (OOMKilled; its limit: 1Gi), exited with code 137, 1 restarts',
  })
  expect(describePod(killed)).toContain('its limit: none')
})

test.for([
  ['CreateContainerConfigError', 'configmap "x" not found', 'config-missing'],
  ['CreateContainerConfigError', "couldn't find key A in Secret shops/x", 'config-missing'],
  ['CreateContainerConfigError', 'container has runAsNonRoot and image will run as root', 'container-start-failed'],
  ['RunContainerError', 'exec: "x": executable file not found in $PATH', 'container-start-failed'],
  ['InvalidImageName', 'couldn’t parse image', 'image-missing'],
] as const)('%s "%s" is %s', ([reason, message, code]) => {
  expect(find(waiting(reason, message))).toMatchObject({ code })
})

test('a node that has not read the pod’s secrets yet is given time to: it tries again by itself', () => {
  const late = 'failed to sync secret cache: timed out waiting for the condition'
  expect(find(waiting('CreateContainerConfigError', late))).toMatchObject({
    code: 'container-start-failed',
    afterMs: 30_000,
  })
})

test('a start that failed shows under the crash loop as what it was', () => {
  const lastState = { terminated: { exitCode: 127, reason: 'ContainerCannotRun', message: 'no such file' } }
  expect(find(waiting('CrashLoopBackOff', '', { restartCount: 1, lastState }))).toMatchObject({
    code: 'container-start-failed',
    summary: 'ContainerCannotRun: no such file',
  })
})

test('an init container that fails is named as such', () => {
  const state = { waiting: { reason: 'CrashLoopBackOff' } }
  const lastState = { terminated: { exitCode: 7 } }
  const status = { initContainerStatuses: [{ name: 'seed', restartCount: 1, state, lastState }] }
  expect(find(pod(status))).toMatchObject({
    code: 'init-failed',
    container: 'seed',
    summary: 'exited with code 7, 1 restarts',
  })
})

test('a pod that no node takes says what is short', () => {
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message: '0/3 nodes: 3 Insufficient cpu.',
  }
  expect(find(pod({ conditions: [condition] }))).toMatchObject({
    code: 'unschedulable',
    summary: '0/3 nodes: 3 Insufficient cpu.',
  })
})

test('a running pod that is not ready is given its health deadline', () => {
  const web = { name: 'web', ready: false, restartCount: 0, state: { running: {} } }
  const running = pod({ containerStatuses: [web] })
  expect(find(running)).toMatchObject({ code: 'never-healthy', afterMs: 60_000, output: 'current' })
  expect(describePod(running)).toBe('its probe has not succeeded yet')
  const fallen = pod({ containerStatuses: [{ ...web, started: true }] })
  expect(describePod(fallen)).toBe('its probe does not succeed any more')
})

test('a ready pod has no trouble, whatever its past', () => {
  const conditions = [{ type: 'Ready', status: 'True' }]
  const lastState = { terminated: { exitCode: 1 } }
  expect(
    find(
      pod({
        conditions,
        containerStatuses: [{ name: 'web', ready: true, restartCount: 5, state: { running: {} }, lastState }],
      }),
    ),
  ).toBeUndefined()
})

test('a refusal in spite of a pull secret is given another pull, however long the node takes to it', () => {
  const refused = waiting('ErrImagePull', 'no basic auth credentials')
  const trouble = find(refused)
  expect(trouble?.afterMs).toBe(0)
  const spec = { containers: [], imagePullSecrets: [{ name: 'shop-pull' }] }
  expect(find({ ...refused, spec })).toMatchObject({ code: 'registry-denied', afterMs: 60_000 })
  expect(allowForPullSecret(trouble as Trouble, { ...refused, spec }, 1).afterMs).toBe(60_000)
  expect(allowForPullSecret(trouble as Trouble, { ...refused, spec }, 2).afterMs).toBe(0)
})

test('failed pulls are counted however the node tells of them', () => {
  const failed = { reason: 'Failed', message: 'Failed to pull image "shop": denied' }
  const others = [{ reason: 'Failed', message: 'Error: ImagePullBackOff', count: 9 }, { reason: 'BackOff' }]
  expect(countFailedPulls([failed, ...others])).toBe(1)
  expect(countFailedPulls([{ ...failed, count: 2 }, ...others])).toBe(2)
  expect(countFailedPulls([failed, { ...failed, series: { count: 3 } }])).toBe(4)
  const of = (container: string) => ({ ...failed, involvedObject: { fieldPath: `spec.containers{${container}}` } })
  expect(countFailedPulls([of('web'), of('sidecar')])).toBe(1)
})
