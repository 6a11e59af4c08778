import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@stevedore/config'
import type { JobRequest, JobView } from '@stevedore/contract'
import { createFakeDeployEngine, createFakeImageEngine, openFakeWorld } from '@stevedore/engine/fake'
import { createPostgresTransport, migrateTransport } from '@stevedore/queue'
import { createLogger, createMetrics } from '@stevedore/telemetry'
import { type Engines, startWorker } from '@stevedore/worker'
import { expect, vi } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

/** The API and a worker in this process; what they deploy to is in memory. */
export interface WorkerStage {
  api: TestApi
  engines: Engines
  startWorker(): Promise<{ close(): Promise<void> }>
  /** Records a job and waits for its end. */
  run(request: Pick<JobRequest, 'kind'> & Record<string, unknown>): Promise<JobView>
  close(): Promise<void>
}

export async function openWorkerStage(): Promise<WorkerStage> {
  const api = await startTestApi()
  await migrateTransport(api.databaseUrl)
  const dataDir = await mkdtemp(join(tmpdir(), 'stevedore-worker-'))
  const config = readConfig({ DATABASE_URL: api.databaseUrl, STEVEDORE_DATA_DIR: dataDir, LOG_LEVEL: 'silent' })
  const world = openFakeWorld()
  const deploy = createFakeDeployEngine({ world })
  const engines = { images: createFakeImageEngine(), deploy: { docker: deploy, kubernetes: deploy } }
  const workers: { close(): Promise<void> }[] = []
  return {
    api,
    engines,
    async startWorker() {
      const transport = createPostgresTransport({ url: api.databaseUrl })
      const logger = createLogger({ level: 'silent' })
      const worker = await startWorker({
        config,
        ledger: api.ledger,
        transport,
        logger,
        metrics: createMetrics(),
        engines,
      })
      workers.push(worker)
      return worker
    },
    async run(request) {
      const { status, body, text } = await api.call('POST', '/v1/jobs', { body: request })
      expect(status, text).toBe(202)
      return vi.waitUntil(() => readEnded(api, body.id), { timeout: 30_000, interval: 50 })
    },
    async close() {
      for (const worker of workers) await worker.close()
      await api.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function readEnded(api: TestApi, id: string): Promise<JobView | undefined> {
  const { body } = await api.call('GET', `/v1/jobs/${id}`)
  return ['succeeded', 'failed', 'cancelled', 'superseded'].includes(body.state) ? body : undefined
}
