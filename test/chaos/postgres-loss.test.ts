import { setTimeout as pause } from 'node:timers/promises'
import { migrateLedger } from '@stevedore/ledger'
import { migrateTransport } from '@stevedore/queue'
import { lacks, redisComponent, startPostgres, startRedis, type TestPostgres, type TestRedis } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assertInvariants } from './invariants.ts'
import { declareApp, enqueueBuild } from './jobs.ts'
import { openStage, type Stage } from './stage.ts'

const awayMs = 3_000

const transports = lacks(redisComponent) ? ['postgres'] : ['postgres', 'redis']

describe.each(transports)('Postgres stops at once and is away for 3 s, with the messages in %s', (transport) => {
  let postgres: TestPostgres
  let redis: TestRedis | undefined
  let stage: Stage
  beforeAll(async () => {
    postgres = await startPostgres()
    redis = transport === 'redis' ? await startRedis() : undefined
    await migrateLedger(postgres.url)
    if (!redis) await migrateTransport(postgres.url)
    stage = await openStage({ databaseUrl: postgres.url, redisUrl: redis?.url })
  })
  afterAll(async () => {
    await stage?.close()
    await redis?.stop()
    await postgres?.stop()
  })

  test.each([
    { lease: 'longer', LEASE_MS: '10000', attempt: 1 },
    { lease: 'shorter', LEASE_MS: '1500', attempt: 2 },
  ])('a lease that is $lease: the build succeeds in attempt $attempt, its effects not doubled', async (given) => {
    const { ledger, script } = stage
    const app = await declareApp(ledger, stage.git)
    const { id } = await enqueueBuild(ledger, app)
    script.hold('build', 'heedful', { jobId: id, attempt: 1 })
    const worker = await stage.startWorker({ LEASE_MS: given.LEASE_MS })
    await stage.deed({ what: 'reached', point: 'build', jobId: id })
    await postgres.stopImmediately()
    script.lift('build', { jobId: id, attempt: 1 })
    await pause(awayMs)
    expect(script.attemptsThat('build', id)).toEqual([])
    await postgres.restart()
    const { attempt } = given
    expect(await stage.end(id)).toMatchObject({ state: 'succeeded', attempt, losses: attempt - 1, failures: 0 })
    expect(script.attemptsThat('build', id)).toEqual([attempt])
    expect(script.attemptsThat('push', id)).toEqual([attempt])
    worker.signal('SIGTERM')
    expect(await worker.ended).toBe(0)
    await assertInvariants(ledger)
  })
})
