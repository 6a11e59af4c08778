import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@stevedore/config'
import { isFinal, type JobRequest } from '@stevedore/contract'
import { createDockerImageEngine } from '@stevedore/engine-docker'
import { readLog } from '@stevedore/ledger'
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
  startSecondDocker,
  type TestRepository,
  waitForJob,
  waitUntil,
} from '@stevedore/testkit'
import { type RunningWorker, startWorker } from '@stevedore/worker'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRecordingLogger, startTestApi, type TestApi } from '../../harness/test-api.ts'

const dockerfile = `FROM stevedore/busybox:local AS production
WORKDIR /app
ARG VERSION=1
RUN mkdir www && echo ok > www/health && echo "working on $VERSION" && sleep 3
USER 1000
EXPOSE 8080
CMD ["httpd", "-f", "-p", "8080", "-h", "/app/www"]
`

/** With an engine of its own, which is killed while it works and started again. */
describe.skipIf(lacks(secondDockerComponent, gitComponent, busyboxComponent, haproxyComponent))(
  'dockerd is killed and started again',
  () => {
    const app = 'phoenix'
    let api: TestApi
    let engine: SecondDocker
    let repository: TestRepository
    let dataDir: string
    let worker: RunningWorker

    beforeAll(async () => {
      engine = await startSecondDocker('10.214.0.1/24')
      await ensureBaseImage(engine.docker)
      const proxyImage = await ensureProxyImage(engine.docker)
      api = await startTestApi({ config: { allowFileSources: true } })
      await migrateTransport(api.databaseUrl)
      dataDir = await mkdtemp(join(tmpdir(), 'stevedore-dockerd-restart-'))
      repository = createRepository()
      repository.commit({ Dockerfile: dockerfile })
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
      const staging = { engine: 'docker', port: await findFreePort(), replicas: 2, health: { path: '/health' } }
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

    async function request(body: JobRequest): Promise<string> {
      const { status, body: job, text } = await api.call('POST', '/v1/jobs', { body })
      expect(status, text).toBe(202)
      return job.id
    }

    const end = (id: string) => waitForJob(api.ledger, id, ({ state }) => isFinal(state), { timeoutMs: 120_000 })

    async function restartAt(what: string, isThere: () => Promise<boolean>): Promise<void> {
      await waitUntil(what, async () => (await isThere()) || undefined, { timeoutMs: 60_000 })
      await engine.kill()
      // On a busy machine it may give up on its own containerd, as a service manager would start it once more.
      await engine.start().catch(() => engine.start())
    }

    const says = (id: string, text: string) => async () =>
      (await readLog(api.ledger, { jobId: id, offset: 0, limitBytes: 1_000_000 })).text.includes(text)

    test('in the middle of a build: it is built again and costs nothing', async () => {
      const { buildkit } = await createDockerImageEngine({ host: engine.host }).describe(AbortSignal.timeout(60_000))
      console.info(`built by ${buildkit ? 'BuildKit' : 'the classic builder, since no client here has BuildKit'}`)
      const id = await request({ kind: 'build', app, version: '1.0.0', target: 'production' })
      await restartAt('the step to run', says(id, 'working on'))
      expect(await end(id)).toMatchObject({ state: 'succeeded', failures: 0, losses: 0 })
    })
  },
)
