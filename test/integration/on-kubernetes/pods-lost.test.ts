import { randomBytes } from 'node:crypto'
import {
  busyboxComponent,
  clusterComponent,
  createApiCaller,
  dockerComponent,
  lacks,
  openTestCluster,
  openTestDocker,
  publishDeployApp,
  redisComponent,
  registryComponent,
  removeImages,
  startRegistry,
  waitUntil,
} from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { grantNamespace, type Installation, openInstallation } from './install.ts'
import { ask, readEnd, startRequests } from './requests.ts'
import { openVolumes } from './volumes.ts'

const components = [clusterComponent, dockerComponent, busyboxComponent, registryComponent, redisComponent]
const namespace = `stevedore-test-${randomBytes(3).toString('hex')}`
const app = 'shop'

describe.skipIf(lacks(...components))('Stevedore in a cluster, from k8s/overlays/staging', () => {
  const undo: (() => Promise<unknown>)[] = []
  let stevedore: Installation
  let call: ReturnType<typeof createApiCaller>
  let deploy: object

  beforeAll(async () => {
    const cluster = await openTestCluster()
    const registry = await startRegistry()
    undo.push(() => registry.stop())
    for (const name of ['stevedore', 'app', 'postgres', 'redis'])
      undo.push(() => removeImages(openTestDocker(), `${registry.host}/${name}`))
    // Of a run that was cut short.
    await cluster.kubectl(['delete', 'namespace', 'stevedore', '--ignore-not-found'])
    const volumes = await openVolumes(cluster)
    undo.push(volumes.close)
    undo.push(() =>
      cluster.kubectl(['delete', 'namespace', 'stevedore', namespace, '--ignore-not-found', '--timeout=110s']),
    )
    stevedore = await openInstallation(cluster, registry.host)
    const image = await publishDeployApp(openTestDocker(), `${registry.host}/app`)
    await grantNamespace(cluster, namespace)
    await stevedore.apply(stevedore.images[0])
    call = createApiCaller(`http://${await stevedore.readAddress('stevedore')}`, await stevedore.readFirstToken())
    const health = { path: '/health', interval: '1s', timeout: '2s', threshold: 1, deadline: '60s' }
    const main = { engine: 'kubernetes', namespace, replicas: 1, user: 1000, health, drain: '1s' }
    const spec = { app, image: { registry: registry.host, name: 'app' }, environments: { main } }
    const declared = await ask(call, 'PUT', `/v1/apps/${app}`, spec)
    expect(declared.status, declared.text).toBe(201)
    deploy = { kind: 'deploy', app, environment: 'main', image }
  }, 300_000)

  afterAll(async () => {
    for (const step of undo.reverse()) await step()
  }, 240_000)

  const request = async (): Promise<string> => (await ask(call, 'POST', '/v1/jobs', deploy)).body.id
  const isRunning = async (id: string) => (await ask(call, 'GET', `/v1/jobs/${id}`)).body.state !== 'queued'
  /** Killed a second after it was asked to end. */
  const losePod = async (part: string) => {
    const [pod = ''] = (await listPods(part)).split(' ')
    await stevedore.kubectl(['delete', 'pod', pod, '--grace-period=1'])
  }
  const listPods = (part: string, path = '.metadata.name') =>
    stevedore.kubectl(['get', 'pods', '-l', `app.kubernetes.io/component=${part}`, '-o', `jsonpath={.items[*]${path}}`])

  test('it deploys, loses no job with any of its pods, and none while it takes over from the last release', async () => {
    expect(await readEnd(call, await request())).toBe('succeeded')
    const load = startRequests(call, { ...deploy, dryRun: true })
    const jobs: string[] = []
    for (const part of ['api', 'worker', 'redis', 'postgres']) {
      const id = await request()
      jobs.push(id)
      await waitUntil(`a worker to begin ${id}`, () => isRunning(id), { timeoutMs: 60_000 })
      await losePod(part)
      expect(await readEnd(call, id), `a deploy while a pod of ${part} was lost`).toBe('succeeded')
    }
    jobs.push(await request())
    await stevedore.apply(stevedore.images[1])
    // Those that leave are listed until they have left.
    for (const part of ['api', 'worker']) {
      const listed = async () => new Set((await listPods(part, '.spec.containers[0].image')).split(' '))
      await expect.poll(listed, { timeout: 120_000, message: part }).toEqual(new Set([stevedore.images[1]]))
    }
    jobs.push(...(await load.stop()))
    expect(jobs.length).toBeGreaterThan(30)
    for (const id of jobs) expect(await readEnd(call, id)).toBe('succeeded')
    expect((await ask(call, 'GET', '/v1/audit/verify')).body).toMatchObject({ ok: true })
  }, 900_000)
})
