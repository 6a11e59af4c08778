import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@stevedore/config'
import { isFinal } from '@stevedore/contract'
import { listAttempts, listWorkers } from '@stevedore/ledger'
import { createPostgresTransport, createRedisTransport, migrateTransport } from '@stevedore/queue'
import { createMetrics } from '@stevedore/telemetry'
import {
  createRepository,
  dockerComponent,
  gitComponent,
  lacks,
  openTestDocker,
  redisComponent,
  removeImages,
  sampleSpec,
  startRedis,
  startTcpProxy,
  type TcpProxy,
  type TestRedis,
  type TestRepository,
  waitForJob,
  waitUntil,
} from '@stevedore/testkit'
import { type RunningWorker, startWorker } from '@stevedore/worker'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRecordingLogger, startTestApi, type TestApi } from '../../harness/test-api.ts'

/** Each is built on the machine's own engine; what stands between goes away. */
describe.skipIf(lacks(dockerComponent, gitComponent)).each(['postgres', 'redis'] as const)(
  'a worker whose engine is away, with messages on %s',
  (kind) => {
    const app = `away-${randomBytes(4).toString('hex')}`
    const docker = openTestDocker()
    let api: TestApi
    let redis: TestRedis | undefined
    let repository: TestRepository
    let engine: TcpProxy
    let dataDir: string
    const running = new Set<RunningWorker>()

    beforeAll(async () => {
      if (kind === 'redis' && redisComponent.found) redis = await startRedis()
      api = await startTestApi({ config: { allowFileSources: true } })
      await migrateTransport(api.databaseUrl)
      dataDir = await mkdtemp(join(tmpdir(), 'stevedore-away-'))
      repository = createRepository()
      repository.commit({ Dockerfile: 'FROM scratch AS production\nCOPY Dockerfile /\n' })
      engine = await startTcpProxy({ path: '/var/run/docker.sock' })
      const source = { git: repository.url }
      await api.call('PUT', `/v1/apps/${app}`, { body: { ...sampleSpec(app), source } })
    })
    afterAll(async () => {
      for (const worker of running) await worker.close()
      await api?.close()
      await engine?.close()
      await redis?.stop()
      repository?.remove()
      if (dataDir) await rm(dataDir, { recursive: true, force: true })
      await removeImages(docker, `registry.example.com/acme/${app}`)
    })

    async function openWorker(dockerHost?: string): Promise<RunningWorker> {
      const config = readConfig({
        DATABASE_URL: api.serviceUrl,
        STEVEDORE_DATA_DIR: dataDir,
        STEVEDORE_BUILDER: 'engine',
        ALLOW_FILE_SOURCES: 'true',
        ...(dockerHost && { DOCKER_HOST: dockerHost }),
      })
      const transport = redis
        ? createRedisTransport({ url: redis.url })
        : createPostgresTransport({ url: api.serviceUrl })
      const { logger } = createRecordingLogger()
      const worker = await startWorker({ config, ledger: api.ledger, transport, logger, metrics: createMetrics() })
      running.add(worker)
      return worker
    }

    async function close(worker: RunningWorker): Promise<void> {
      running.delete(worker)
      await worker.close()
    }

    async function request(version: string): Promise<string> {
      const { status, body, text } = await api.call('POST', '/v1/jobs', { body: { kind: 'build', app, version } })
      expect(status, text).toBe(202)
      return body.id
    }

    const end = (id: string) => waitForJob(api.ledger, id, ({ state }) => isFinal(state), { timeoutMs: 120_000 })

    async function postpone(id: string): Promise<void> {
      const client = new Client({ connectionString: api.databaseUrl })
      await client.connect()
      await client.query("update jobs set due_at = now() + interval '1 hour' where id = $1", [id])
      await client.end()
    }

    /** That the other workers know it: from then on nothing is taken that others can do. */
    const awaitTold = (worker: RunningWorker, isAway: boolean) =>
      waitUntil(`the worker to tell that its engine is ${isAway ? 'away' : 'there'}`, async () =>
        (await listWorkers(api.ledger)).find(({ id, away }) => id === worker.id && away.length > 0 === isAway),
      )

    test('takes nothing while another can do it, also of what is there when it goes', async () => {
      const [able, unable] = [await openWorker(), await openWorker(`tcp://127.0.0.1:${engine.port}`)]
      await Promise.all([awaitTold(able, false), awaitTold(unable, false)])
      const first = await Promise.all(Array.from({ length: 4 }, (_, index) => request(`1.0.${index}`)))
      await engine.cut()
      const told = await awaitTold(unable, true)
      expect(told?.away).toEqual([
        { site: 'docker', since: expect.any(Date), reason: expect.stringContaining('ECONNREFUSED') },
      ])
      expect(unable.listAway()).toMatchObject([{ site: 'docker' }])
      const second = await Promise.all(Array.from({ length: 16 }, (_, index) => request(`2.0.${index}`)))
      for (const id of first) expect(await end(id)).toMatchObject({ state: 'succeeded', failures: 0, losses: 0 })
      for (const id of second) {
        expect(await end(id)).toMatchObject({ state: 'succeeded', failures: 0, losses: 0, attempt: 1 })
        expect((await listAttempts(api.ledger, id)).map(({ workerId }) => workerId)).toEqual([able.id])
      }
      await engine.restore()
      await awaitTold(unable, false)
      await close(able)
      expect(await end(await request('3.0.0'))).toMatchObject({ state: 'succeeded', attempt: 1 })
      await close(unable)
    })

    test('says why a job waits that no worker can do, and goes on with it once the engine is back', async () => {
      await engine.cut()
      const unable = await openWorker(`tcp://127.0.0.1:${engine.port}`)
      await awaitTold(unable, true)
      const id = await request('4.0.0')
      await waitForJob(api.ledger, id, ({ waitingFor }) => waitingFor === 'engine')
      const { body } = await api.call('GET', `/v1/jobs/${id}`)
      expect(body.error.diagnosis).toMatch(/^no worker can do this: docker does not answer since \d{4}-.*ECONNREFUSED/)
      // Its next try by the clock is not what brings it back.
      await postpone(id)
      await engine.restore()
      expect(await end(id)).toMatchObject({ state: 'succeeded', failures: 0, losses: 0 })
      await close(unable)
    })
  },
)
