import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environmentSpec } from '@stevedore/contract'
import type { Release } from '@stevedore/engine'
import { openJob } from '@stevedore/engine/conformance'
import { createKubernetesDeployEngine } from '@stevedore/engine-kubernetes'
import {
  clusterComponent,
  createTestNamespace,
  lacks,
  openTestCluster,
  type TestCluster,
  waitUntil,
} from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/** Long enough to say something of the pod meanwhile: each kubectl takes seconds on a busy machine. */
const nodeGraceMs = 20_000

/** Where no pod has to run: the API server, its controllers and the scheduler are enough. */
describe.skipIf(lacks(clusterComponent))('settings that a cluster cannot meet', { timeout: 120_000 }, () => {
  const namespace = `stevedore-test-${randomBytes(3).toString('hex')}`
  let cluster: TestCluster
  let dir: string
  beforeAll(async () => {
    cluster = await openTestCluster()
    dir = await mkdtemp(join(tmpdir(), `${namespace}-`))
    await createTestNamespace(cluster, namespace)
  })
  afterAll(async () => {
    await cluster?.kubectl(['delete', 'namespace', namespace, '--wait=false'])
    await rm(dir, { recursive: true, force: true })
  })

  const kubectl = (args: readonly string[], input?: string) =>
    cluster.kubectl(['--namespace', namespace, ...args], input)
  const open = (kubeconfig = cluster.kubeconfig) => createKubernetesDeployEngine({ kubeconfig, nodeGraceMs })

  function makeRelease(more: object = {}): Release {
    const settings = environmentSpec.parse({
      engine: 'kubernetes',
      namespace,
      health: { path: '/health', deadline: '60s' },
      timeout: '2m',
      ...more,
    })
    const app = `a${randomBytes(4).toString('hex')}`
    const image = `registry.example.com/app@sha256:${'a'.repeat(64)}`
    const release = { app, environment: 'test', settings, revision: 1, version: '1.0.0', image }
    return { ...release, secrets: {}, credential: undefined, changeCause: 'deploy 1.0.0' }
  }

  /** More than any node has. */
  const tooLarge = { resources: { requests: { cpu: '4000' }, limits: { cpu: '4000' } } }
  const findPod = (app: string) =>
    waitUntil(
      'the pod',
      async () =>
        (await kubectl(['get', 'pod', '-l', `stevedore.io/app=${app}`, '-o', 'name'])).trim().slice('pod/'.length) ||
        undefined,
      { timeoutMs: 30_000 },
    )

  function describeEvent(pod: string, reason: string, message: string): string {
    const at = new Date().toISOString()
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${pod}.${reason.toLowerCase()}`, namespace },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', name: pod, namespace },
      type: 'Normal',
      source: { component: 'cluster-autoscaler' },
      ...{ reason, message, firstTimestamp: at, lastTimestamp: at, count: 1 },
    })
  }

  test('a pod that no node can take has the grace, then its deploy fails and says why', async () => {
    const release = makeRelease(tooLarge)
    const started = performance.now()
    const failed = open()
      .roll(release, openJob())
      .catch((error) => error)
    const pod = await findPod(release.app)
    await kubectl(['create', '-f', '-'], describeEvent(pod, 'NotTriggerScaleUp', 'max node group size reached'))
    const failure = await failed
    expect(failure).toMatchObject({ code: 'unschedulable' })
    expect(failure.diagnosis).toMatch(/nodes.*NotTriggerScaleUp: max node group size reached/s)
    expect(performance.now() - started).toBeGreaterThan(nodeGraceMs)
  })

  test('with a node on its way it waits for longer than the grace, and says so', async () => {
    const release = makeRelease(tooLarge)
    const stop = new AbortController()
    const job = openJob({ signal: stop.signal })
    const lines: string[] = []
    const rolled = open()
      .roll(release, { ...job, log: (line) => void lines.push(line) })
      .catch((error) => error)
    const pod = await findPod(release.app)
    await kubectl(['create', '-f', '-'], describeEvent(pod, 'TriggeredScaleUp', 'pool 3->4'))
    await waitUntil('the wait to be told', () => lines.some((line) => line.includes(`${pod} waits for a node`)), {
      timeoutMs: nodeGraceMs,
    })
    const isOver = await Promise.race([rolled, new Promise((resolve) => setTimeout(resolve, nodeGraceMs, 'waits'))])
    expect(isOver).toBe('waits')
    expect(lines.filter((line) => line.includes('waits for a node'))).toHaveLength(1)
    stop.abort(new Error('enough'))
    expect(await rolled).toMatchObject({ message: 'enough' })
  })

  test('a context that the kubeconfig does not have', async () => {
    const act = open().observe(makeRelease({ context: 'nowhere' }), AbortSignal.timeout(20_000))
    const failure = await act.catch((error) => error)
    expect(failure).toMatchObject({ code: 'context-unknown' })
    expect(failure.diagnosis).toMatch(/nowhere.*it knows \w+/)
  })

  test('a namespace that is not there', async () => {
    const failure = await open()
      .prepare(makeRelease({ namespace: `${namespace}-gone` }), openJob())
      .catch((error) => error)
    expect(failure).toMatchObject({ code: 'namespace-missing' })
    expect(failure.diagnosis).toContain(`${namespace}-gone`)
  })

  test('every right that is missing is named at once, by whatever asks first', async () => {
    const engine = open(await makeAccount())
    const release = makeRelease()
    const acts = [
      () => engine.observe(release, AbortSignal.timeout(20_000)),
      () => engine.preview(release, AbortSignal.timeout(20_000)),
      () => engine.prepare(release, openJob()),
      () => engine.remove(release, openJob()),
    ]
    for (const act of acts) {
      const failure = await act().catch((error) => error)
      expect(failure).toMatchObject({ code: 'forbidden-by-cluster' })
      for (const right of [
        'get deployments.apps',
        'create deployments.apps',
        'create services',
        'list replicasets.apps',
      ])
        expect(failure.diagnosis).toContain(right)
    }
  })

  /** An account without any right in the namespace. */
  async function makeAccount(): Promise<string> {
    await kubectl(['create', 'serviceaccount', 'powerless'])
    const name = await waitUntil('its token', async () =>
      kubectl(['get', 'serviceaccount', 'powerless', '-o', 'jsonpath={.secrets[0].name}']).then(
        (text) => text || undefined,
      ),
    )
    const token = Buffer.from(
      await kubectl(['get', 'secret', name, '-o', 'jsonpath={.data.token}']),
      'base64',
    ).toString()
    const view = JSON.parse(await cluster.kubectl(['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json']))
    const config = {
      ...view,
      users: [{ name: 'powerless', user: { token } }],
      contexts: [{ name: 'powerless', context: { cluster: view.clusters[0].name, user: 'powerless' } }],
      'current-context': 'powerless',
    }
    const path = join(dir, 'powerless')
    await writeFile(path, JSON.stringify(config), { mode: 0o600 })
    return path
  }
})
