import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrateLedger } from '@stevedore/ledger'
import { migrateTransport } from '@stevedore/queue'
import { lacks, redisComponent, sampleSpec, startPostgres, startRedis } from '@stevedore/testkit'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { startApiProcess } from '../../harness/api-process.ts'
import { type StevedoreProcess, startStevedoreProcess } from '../../harness/stevedore-process.ts'

const transports = lacks(redisComponent) ? ['postgres'] : ['postgres', 'redis']
const rounds = 20

/** A worker with nothing to build on: all its connections, and its upkeep. */
async function startWorker(env: Record<string, string>): Promise<StevedoreProcess> {
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-worker-'))
  const settings = { LOG_LEVEL: 'info', STEVEDORE_DATA_DIR: dir, DOCKER_HOST: 'unix:///nowhere', ...env }
  const worker = startStevedoreProcess(['worker'], settings)
  onTestFinished(async () => {
    worker.signal('SIGKILL')
    await worker.ended
    await rm(dir, { recursive: true, force: true })
  })
  await worker.waitForLine(/"message":"working"/)
  return worker
}

/** Ends all connections of others; some are just being made, some lie idle, some are in use. */
async function cutAll(url: string): Promise<void> {
  const client = new Client({ connectionString: url }).on('error', () => {})
  await client.connect()
  await client.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'",
  )
  await client.end()
}

test.each(transports)(
  'with messages in %s: connections are cut again and again, and the database is killed: no process ends of it',
  async (transport) => {
    const postgres = await startPostgres()
    onTestFinished(() => postgres.stop())
    await migrateLedger(postgres.url)
    await migrateTransport(postgres.url)
    const redis = transport === 'redis' ? await startRedis() : undefined
    onTestFinished(() => redis?.stop())
    const env = {
      ...(redis && { REDIS_URL: redis.url }),
      STEVEDORE_MASTER_KEY: 'QxlvUZLkmWq5vJbU3mQn8w4tJk7XG0c2rA9sYdFhPZE=',
    }
    const api = await startApiProcess({ databaseUrl: postgres.url, env })
    onTestFinished(() => api.kill())
    const worker = await startWorker({ DATABASE_URL: postgres.url, ...env })
    await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })

    for (let round = 0; round < rounds; round++) {
      // What is asked meanwhile is answered, well or not.
      const asked = Promise.all([
        api.call('GET', '/ready'),
        ...Array.from({ length: 5 }, () => api.call('GET', '/v1/jobs')),
        api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'shop' } }),
      ])
      await cutAll(postgres.url)
      for (const { status } of await asked) expect([200, 202, 503]).toContain(status)
    }
    for (const lose of [postgres.kill, postgres.stopImmediately, postgres.kill]) {
      await lose()
      expect((await api.call('GET', '/ready')).status).toBe(503)
      await postgres.restart()
    }
    await expect.poll(async () => (await api.call('GET', '/ready')).status, { timeout: 20_000 }).toBe(200)
    if (redis) await redis.kill().then(redis.restart)
    const fatal = [api, worker].flatMap(({ readOutput }) =>
      readOutput()
        .split('\n')
        .filter((line) => line.includes('"log.level":"fatal"')),
    )
    expect(fatal).toEqual([])
    worker.signal('SIGTERM')
    expect(await worker.ended).toBe(0)
    expect(await api.stop()).toBe(0)
  },
)
