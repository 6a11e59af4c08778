import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLedger } from '@stevedore/ledger'
import { sampleSpec, startPostgres, startRedis } from '@stevedore/testkit'
import { type ApiProcess, startApiProcess } from '../harness/api-process.ts'

/** The databases of a part, with durability on, and what was started over them. */
export interface Backends {
  /** A database of its own on the one Postgres. */
  createDatabase(name: string): Promise<string>
  redisUrl: string
  close(): Promise<void>
}

/** Postgres as it is by itself (fsync, synchronous_commit), Redis with its append-only file synced every second. */
export async function openBackends(): Promise<Backends> {
  const postgres = await startPostgres({ durable: true })
  const redis = await startRedis()
  const { pool, close } = openLedger({ url: postgres.url })
  return {
    redisUrl: redis.url,
    async createDatabase(name) {
      await pool.query(`create database ${name}`)
      return Object.assign(new URL(postgres.url), { pathname: `/${name}` }).href
    },
    async close() {
      await close()
      await redis.stop()
      await postgres.stop()
    },
  }
}

/** `stevedore api`, and workers, as a user starts them: each a process of its own. */
export interface Product {
  api: ApiProcess
  token: string
  databaseUrl: string
  /** The environment of its processes. */
  env: Record<string, string>
  close(): Promise<void>
}

export async function startProduct(databaseUrl: string, env: Record<string, string> = {}): Promise<Product> {
  const dataDir = await mkdtemp(join(tmpdir(), 'stevedore-bench-'))
  const settings = { DATABASE_URL: databaseUrl, STEVEDORE_DATA_DIR: dataDir, LOG_LEVEL: 'info', ...env }
  const limits = { RATE_LIMIT_PER_MINUTE: '1000000', MAX_WAITING_REQUESTS: '1000' }
  const api = await startApiProcess({ databaseUrl, env: { ...settings, ...limits } })
  return {
    api,
    token: api.firstToken ?? '',
    databaseUrl,
    env: settings,
    async close() {
      await api.kill()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

const app = 'shop'

/** What a push to a repository asks for. Nobody takes it where there is no worker. */
export const build = { kind: 'build', app, version: '1.0.0' }

/** What costs a worker nothing but the way there and back: it reads what a deploy would change. */
export const dryRun = {
  kind: 'deploy',
  app,
  environment: 'staging',
  image: `registry.example.com/acme/${app}@sha256:${'ab'.repeat(32)}`,
  dryRun: true,
}

export async function declareApp({ api }: Product): Promise<void> {
  const answer = await api.call('PUT', `/v1/apps/${app}`, { body: sampleSpec(app) })
  if (answer.status >= 300) throw new Error(`the app was not taken: ${answer.text}`)
}
