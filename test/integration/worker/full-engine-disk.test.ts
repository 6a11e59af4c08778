import { appendFileSync, rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@stevedore/config'
import { isFinal, type JobRequest } from '@stevedore/contract'
import { createPostgresTransport, migrateTransport } from '@stevedore/queue'
import { createMetrics } from '@stevedore/telemetry'
import {
  busyboxComponent,
  createRepository,
  ensureBaseImage,
  ensureProxyImage,
  findFreePort,
  gitComponent,
  haproxyComponent,
  lacks,
  type SecondDocker,
  sampleSpec,
  secondDockerComponent,
  smallDiskComponent,
  startSecondDocker,
  type TestRepository,
  waitForJob,
} from '@stevedore/testkit'
import { type RunningWorker, startWorker } from '@stevedore/worker'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRecordingLogger, startTestApi, type TestApi } from '../../harness/test-api.ts'

const dockerfile = `FROM stevedore/busybox:local AS production
WORKDIR /app
ARG VERSION=1
RUN mkdir www && echo "$VERSION" > www/health
USER 1000
EXPOSE 8080
CMD ["httpd", "-f", "-p", "8080", "-h", "/app/www"]
`

const components = [secondDockerComponent, smallDiskComponent, gitComponent, busyboxComponent, haproxyComponent]

/** With an engine and a disk of its own. */
describe.skipIf(lacks(...components))('a Docker host whose disk is full', () => {
  const app = 'narrow'
  let api: TestApi
  let engine: SecondDocker
  let repository: TestRepository
  let dataDir: string
  let worker: RunningWorker
  let port: number

  beforeAll(async () => {
    engine = await startSecondDocker('10.215.0.1/24', { disk: { mebibytes: 512 } })
    await ensureBaseImage(engine.docker)
    const proxyImage = await ensureProxyImage(engine.docker)
    api = await startTestApi({ config: { allowFileSources: true } })
    await migrateTransport(api.databaseUrl)
    dataDir = await mkdtemp(join(tmpdir(), 'stevedore-full-engine-'))
    repository = createRepository()
    repository.commit({ Dockerfile: dockerfile })
    port = await findFreePort()
    const config = readConfig({
      DATABASE_URL: api.serviceUrl,
      STEVEDORE_DATA_DIR: dataDir,
      STEVEDORE_BUILDER: 'engine',
      ALLOW_FILE_SOURCES: 'true',
      DOCKER_HOST: engine.host,
      STEVEDORE_PROXY_IMAGE: proxyImage,
      STEVEDORE_PROXY_HTTP_PORT: String(await findFreePort()),
      STEVEDORE_PROXY_HTTPS_PORT: String(await findFreePort()),
      STEVEDORE_PROXY_ADMIN_PORT: String(await findFreePort()),
    })
    const transport = createPostgresTransport({ url: api.serviceUrl })
    const { logger } = createRecordingLogger()
    worker = await startWorker({ config, ledger: api.ledger, transport, logger, metrics: createMetrics() })
    const staging = { engine: 'docker', port, health: { path: '/health' } }
    const { build } = sampleSpec(app)
    const spec = { app, source: { git: repository.url }, build, image: { name: app }, environments: { staging } }
    const { status, text } = await api.call('PUT', `/v1/apps/${app}`, { body: spec })
    expect(status, text).toBeLessThan(300)
  }, 120_000)
  afterAll(async () => {
    await worker?.close()
    await api?.close()
    await engine?.stop()
    repository?.remove()
    if (dataDir) await rm(dataDir, { recursive: true, force: true })
  })

  const build = (version: string): JobRequest => ({ kind: 'build', app, version, target: 'production' })
  const deploy = (version: string): JobRequest => ({ kind: 'deploy', app, environment: 'staging', version })
  const filler = () => join(engine.dataRoot, 'filler')

  async function request(body: JobRequest): Promise<string> {
    const { status, body: job, text } = await api.call('POST', '/v1/jobs', { body })
    expect(status, text).toBe(202)
    return job.id
  }

  const end = (id: string) => waitForJob(api.ledger, id, ({ state }) => isFinal(state), { timeoutMs: 120_000 })

  /** Until not a byte more is taken. */
  function fillDisk(): void {
    for (let bytes = 2 ** 20; bytes >= 1; bytes = bytes > 1 ? 2 ** Math.floor(Math.log2(bytes) - 1) : 0)
      while (tryAppend(bytes));
  }

  function tryAppend(bytes: number): boolean {
    try {
      appendFileSync(filler(), Buffer.alloc(bytes))
      return true
    } catch {
      return false
    }
  }

  const serve = async () => (await (await fetch(`http://127.0.0.1:${port}/health`)).text()).trim()

  /** Asks for it while the disk is full, frees the disk once that is told, and gives the job as it has ended. */
  async function runOnFullDisk(body: JobRequest) {
    fillDisk()
    try {
      const id = await request(body)
      const told = await waitForJob(
        api.ledger,
        id,
        ({ state, waitingFor }) => isFinal(state) || waitingFor === 'engine',
        {
          timeoutMs: 60_000,
        },
      )
      return { id, told }
    } finally {
      rmSync(filler())
    }
  }

  test('a build, a first deploy and an update say so, wait for room, and are done when there is; what serves, serves', async () => {
    for (const version of ['1.0.0', '2.0.0'])
      for (const body of [build(version), deploy(version)]) {
        const { id, told } = await runOnFullDisk(body)
        expect(told).toMatchObject({ state: 'waiting', waitingFor: 'engine', error: { code: 'no-space' } })
        if (version === '2.0.0') expect(await serve()).toBe('1.0.0')
        expect(await end(id)).toMatchObject({ state: 'succeeded', failures: 0, losses: 0 })
      }
    expect(await serve()).toBe('2.0.0')
  })
})
