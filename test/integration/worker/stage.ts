import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@stevedore/config'
import { isFinal, type JobRequest, type JobView } from '@stevedore/contract'
import { createFakeDeployEngine, createFakeImageEngine, type FakeWorld, openFakeWorld } from '@stevedore/engine/fake'
import { type Ledger, openLedger } from '@stevedore/ledger'
import { createPostgresTransport, migrateTransport } from '@stevedore/queue'
import { createMetrics, type Metrics } from '@stevedore/telemetry'
import { waitForJob } from '@stevedore/testkit'
import { type Engines, startWorker, type WorkerSignal } from '@stevedore/worker'
import { expect } from 'vitest'
import { createRecordingLogger, startTestApi, type TestApi, type TestApiOptions } from '../../harness/test-api.ts'

/** The API and a worker in this process; what they deploy to is in memory. */
export interface WorkerStage {
  api: TestApi
  engines: Engines
  /** What runs on the engines. */
  world: FakeWorld
  metrics: Metrics
  /** @param ledger instead of the API’s */
  startWorker(more?: Record<string, string>, ledger?: Ledger): Promise<{ close(): Promise<void> }>
  /** Another one on the same database, for a worker alone. */
  openLedger(): Ledger
  /** Records a job. @returns its id */
  request(request: JobRequest): Promise<string>
  /** Records a job and waits for its end. */
  run(request: JobRequest): Promise<JobView>
  /** Waits for the end of a job. */
  end(id: string): Promise<JobView>
  /** Resolves with the next signal of a worker that fits. */
  signal(fits: (signal: WorkerSignal) => boolean): Promise<WorkerSignal>
  /** All that the workers have logged so far. */
  readLogs(): string
  close(): Promise<void>
}

/** @param env of the workers, beside the database and the data directory */
export async function openWorkerStage(
  env: Record<string, string> = {},
  config: NonNullable<TestApiOptions['config']> = {},
): Promise<WorkerStage> {
  const api = await startTestApi({ config: { allowFileSources: env.ALLOW_FILE_SOURCES === 'true', ...config } })
  await migrateTransport(api.databaseUrl)
  const dataDir = await mkdtemp(join(tmpdir(), 'stevedore-worker-'))
  const settings = { DATABASE_URL: api.serviceUrl, STEVEDORE_DATA_DIR: dataDir, ...env }
  const world = openFakeWorld()
  const deploy = createFakeDeployEngine({ world })
  const engines = { images: createFakeImageEngine(), deploy: { docker: deploy, kubernetes: deploy } }
  const workers: { close(): Promise<void> }[] = []
  const { logger, readLogs } = createRecordingLogger()
  const metrics = createMetrics()
  const listeners = new Set<(signal: WorkerSignal) => void>()

  const stage: WorkerStage = {
    ...{ api, engines, world, metrics, readLogs },
    openLedger: () => openLedger({ url: api.serviceUrl, masterKey: api.masterKey, onError() {} }),
    async startWorker(more = {}, ledger = api.ledger) {
      const config = readConfig({ ...settings, ...more })
      const transport = createPostgresTransport({ url: api.serviceUrl })
      const worker = await startWorker({
        ...{ config, ledger, transport, logger, metrics, engines },
        onSignal: (signal) => {
          for (const listener of listeners) listener(signal)
        },
      })
      workers.push(worker)
      return worker
    },
    async request(request) {
      const { status, body, text } = await api.call('POST', '/v1/jobs', { body: request })
      expect(status, text).toBe(202)
      return body.id
    },
    run: async (request) => stage.end(await stage.request(request)),
    async end(id) {
      await waitForJob(api.ledger, id, ({ state }) => isFinal(state))
      return (await api.call('GET', `/v1/jobs/${id}`)).body
    },
    signal: (fits) =>
      new Promise((resolve) => {
        const listener = (signal: WorkerSignal) => {
          if (!fits(signal)) return
          listeners.delete(listener)
          resolve(signal)
        }
        listeners.add(listener)
      }),
    async close() {
      for (const worker of workers) await worker.close()
      await api.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
  return stage
}
