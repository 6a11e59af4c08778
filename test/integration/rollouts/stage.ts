import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JobDetailView } from '@stevedore/contract'
import { migrateTransport } from '@stevedore/queue'
import {
  busyboxComponent,
  clearEngine,
  countFailed,
  dockerComponent,
  ensureProxyImage,
  findFreePort,
  haproxyComponent,
  type LoadClient,
  type LoadReport,
  openTestDocker,
  publishDeployApp,
  registryComponent,
  removeImages,
  startLoad,
  startRegistry,
} from '@stevedore/testkit'
import { expect } from 'vitest'
import { type StevedoreProcess, startStevedoreProcess } from '../../harness/stevedore-process.ts'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

export const rolloutComponents = [dockerComponent, busyboxComponent, haproxyComponent, registryComponent]

const requestsPerSecond = 500

/** The product on real parts: the API, workers as processes of their own, Docker, a proxy and a registry. */
export interface RolloutStage {
  api: TestApi
  /** The port that the app's `main` environment answers on. */
  port: number
  startWorker(): Promise<StevedoreProcess>
  /** With kill -9, all that were started. */
  killWorkers(): void
  /** Declares the app anew: the settings of `main`, and what the next revision is to be. */
  declare(settings: object, behaviour?: string): Promise<void>
  /** Starts a deploy of what was declared last. */
  deploy(more?: object): Promise<string>
  request(kind: object): Promise<string>
  verb(id: string, verb: string, body?: object): Promise<number>
  job(id: string): Promise<JobDetailView>
  /** Follows the job's events until one fits. */
  until(id: string, fits: (event: { type: string; data: Record<string, unknown> }) => boolean): Promise<void>
  /** Waits for the job's end and gives it. */
  end(id: string): Promise<JobDetailView>
  /** Of `main`, unless another port is given. */
  load(port?: number): LoadClient
  close(): Promise<void>
}

export async function openRolloutStage(): Promise<RolloutStage> {
  const docker = openTestDocker()
  const name = `r${randomBytes(4).toString('hex')}`
  const api = await startTestApi()
  await migrateTransport(api.databaseUrl)
  const registry = await startRegistry()
  const repository = `${registry.host}/${name}/app`
  const image = await publishDeployApp(docker, repository)
  const dataDir = await mkdtemp(join(tmpdir(), 'stevedore-rollouts-'))
  const port = await findFreePort()
  const proxy = `${name}-proxy`
  // Of its own: others make and remove theirs meanwhile.
  const network = `stevedore-${name}`
  const env = {
    DATABASE_URL: api.databaseUrl,
    STEVEDORE_DATA_DIR: dataDir,
    STEVEDORE_PROXY_IMAGE: await ensureProxyImage(docker),
    STEVEDORE_PROXY_NAME: proxy,
    STEVEDORE_DOCKER_NETWORK: network,
    STEVEDORE_PROXY_HTTP_PORT: String(await findFreePort()),
    STEVEDORE_PROXY_HTTPS_PORT: String(await findFreePort()),
    STEVEDORE_PROXY_ADMIN_PORT: String(await findFreePort()),
    LEASE_MS: '3000',
    STEVEDORE_MASTER_KEY: api.masterKey.toString('base64'),
  }
  const workers: StevedoreProcess[] = []
  let declared = 0

  const stage: RolloutStage = {
    api,
    port,
    async startWorker() {
      const worker = startStevedoreProcess(['worker'], env)
      workers.push(worker)
      await worker.waitForLine(/worker started/)
      return worker
    },
    killWorkers() {
      for (const worker of workers) worker.signal('SIGKILL')
    },
    async declare(settings, behaviour = 'healthy') {
      declared += 1
      const main = {
        engine: 'docker',
        port,
        replicas: 2,
        health: { path: '/health', interval: '200ms', timeout: '2s', threshold: 2, deadline: '15s' },
        drain: '2s',
        env: { REVISION: String(declared), BEHAVIOUR: behaviour },
        ...settings,
      }
      const body = { app: name, image: { registry: registry.host, name: `${name}/app` }, environments: { main } }
      const answer = await api.call('PUT', `/v1/apps/${name}`, { body })
      expect(answer.status, answer.text).toBeLessThan(300)
    },
    deploy: (more = {}) => stage.request({ kind: 'deploy', image, ...more }),
    async request(kind) {
      const answer = await api.call('POST', '/v1/jobs', { body: { app: name, environment: 'main', ...kind } })
      expect(answer.status, answer.text).toBe(202)
      return answer.body.id
    },
    verb: async (id, verb, body) => (await api.call('POST', `/v1/jobs/${id}/${verb}`, { body: body ?? {} })).status,
    job: async (id) => (await api.call('GET', `/v1/jobs/${id}`)).body,
    until: (id, fits) => follow(api, id, fits),
    async end(id) {
      await follow(api, id, ({ type }) => /^job\.(succeeded|failed|cancelled|superseded)$/.test(type))
      return stage.job(id)
    },
    load: (of = port) => startLoad({ url: `http://127.0.0.1:${of}/`, requestsPerSecond, keepAlive: true }),
    async close() {
      stage.killWorkers()
      await Promise.all(workers.map(({ ended }) => ended))
      await clearEngine(docker, `io.stevedore.app=${name}`)
      await docker
        .getContainer(proxy)
        .remove({ force: true, v: true })
        .catch(() => {})
      await docker
        .getVolume(proxy)
        .remove({ force: true })
        .catch(() => {})
      await docker
        .getNetwork(network)
        .remove()
        .catch(() => {})
      await removeImages(docker, repository)
      await registry.stop()
      await api.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
  return stage
}

async function follow(api: TestApi, id: string, fits: Parameters<RolloutStage['until']>[1]): Promise<void> {
  const ended = new AbortController()
  const response = await fetch(`${api.address}/v1/jobs/${id}/events`, {
    headers: { authorization: `Bearer ${api.admin}`, accept: 'text/event-stream' },
    signal: AbortSignal.any([ended.signal, AbortSignal.timeout(110_000)]),
  })
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const frames = text.split('\n\n')
    text = frames.pop() ?? ''
    for (const frame of frames) {
      const data = /^data: (.*)$/m.exec(frame)?.[1]
      if (data && fits(JSON.parse(data))) return ended.abort()
    }
  }
  throw new Error(`the events of job ${id} ended without the one that was waited for`)
}

/** Ends a load that must have been one: that no request failed says nothing about a handful. */
export async function expectNoneFailed(load: { stop(): Promise<LoadReport> }, atLeast = 100): Promise<LoadReport> {
  const report = await load.stop()
  expect(report.sent).toBeGreaterThan(atLeast)
  expect(countFailed(report), report.failures.join('\n')).toBe(0)
  return report
}
