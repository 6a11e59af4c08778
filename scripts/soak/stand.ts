import { migrateLedger } from '@stevedore/ledger'
import { migrateTransport } from '@stevedore/queue'
import {
  startPostgres,
  startRedis,
  startTcpProxy,
  type TcpProxy,
  type TestPostgres,
  type TestRedis,
} from '@stevedore/testkit'
import { openStage, type Stage } from '../../test/chaos/stage.ts'
import { type ApiProcess, startApiProcess } from '../../test/harness/api-process.ts'
import type { StevedoreProcess } from '../../test/harness/stevedore-process.ts'

export interface StandOptions {
  apis: number
  workers: number
  transport: 'redis' | 'postgres'
}

/** A whole Stevedore of processes on databases of its own. The first API and the first worker are never killed: what they leak shows in them. */
export interface Stand {
  postgres: TestPostgres
  redis: TestRedis | undefined
  stage: Stage
  /** Between the first API and worker and their databases. */
  wires: TcpProxy[]
  apis: ApiProcess[]
  workers: StevedoreProcess[]
  token: string
  startWorker(index: number): Promise<void>
  startApi(index: number): Promise<void>
  /** What each process that there was has said, by its name. */
  readOutputs(): Map<string, string>
  close(): Promise<void>
}

/** Engines take up to so long for each effect, so that faults meet work of all kinds. */
const PAUSE_MS = 250

export async function openStand({ apis: apiCount, workers: workerCount, transport }: StandOptions): Promise<Stand> {
  const postgres = await startPostgres()
  const redis = transport === 'redis' ? await startRedis() : undefined
  await migrateLedger(postgres.url)
  if (!redis) await migrateTransport(postgres.url)
  const stage = await openStage({ databaseUrl: postgres.url, redisUrl: redis?.url, pauseMs: PAUSE_MS })
  const direct = { DATABASE_URL: postgres.url, ...(redis && { REDIS_URL: redis.url }) }
  const { wires, env: wired } = await layWires(direct)
  const outputs = new Map<string, () => string>()
  const stand: Stand = {
    ...{ postgres, redis, stage, wires, apis: [], workers: [], token: '' },
    async startWorker(index) {
      const env = { ...(index === 0 ? wired : direct), WORKER_CONCURRENCY: '2' }
      const worker = await stage.startWorker(env)
      stand.workers[index] = worker
      outputs.set(`worker-${index + 1}-${worker.pid}`, worker.readOutput)
    },
    async startApi(index) {
      const { DATABASE_URL: databaseUrl, ...rest } = index === 0 ? wired : direct
      const env = { ...rest, ALLOW_FILE_SOURCES: 'true', RATE_LIMIT_PER_MINUTE: '1000000' }
      const api = await startApiProcess({ databaseUrl, env, ...(stand.token && { token: stand.token }) })
      stand.token ||= api.firstToken ?? ''
      stand.apis[index] = api
      outputs.set(`api-${index + 1}-${api.pid}`, api.readOutput)
    },
    readOutputs: () => new Map([...outputs].map(([name, read]) => [name, read()])),
    async close() {
      await Promise.all(stand.apis.map((api) => api.kill()))
      await stage.close()
      await Promise.all(wires.map((wire) => wire.close()))
      await redis?.stop()
      await postgres.stop()
    },
  }
  for (let index = 0; index < apiCount; index++) await stand.startApi(index)
  await Promise.all(Array.from({ length: workerCount }, (_, index) => stand.startWorker(index)))
  return stand
}

async function layWires<T extends Record<string, string>>(direct: T): Promise<{ wires: TcpProxy[]; env: T }> {
  const wires: TcpProxy[] = []
  const env: Record<string, string> = {}
  for (const [name, address] of Object.entries(direct)) {
    const url = new URL(address)
    const wire = await startTcpProxy({ host: url.hostname, port: Number(url.port) })
    wires.push(wire)
    env[name] = Object.assign(url, { port: String(wire.port) }).href
  }
  return { wires, env: env as T }
}
