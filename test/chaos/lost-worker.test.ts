import { controlJob, migrateLedger } from '@stevedore/ledger'
import {
  createTestDatabase,
  gitComponent,
  lacks,
  redisComponent,
  startPostgres,
  startRedis,
  type TestDatabase,
} from '@stevedore/testkit'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findBrokenInvariants } from './invariants.ts'
import { type ChaosStage, openChaosStage } from './stage.ts'

const by = { actor: 'token:test', correlationId: 'chaos' }

describe.skipIf(lacks(gitComponent))('workers that are lost', () => {
  let database: TestDatabase
  let stage: ChaosStage

  beforeEach(async () => {
    database = await createTestDatabase()
    stage = await openChaosStage({ url: database.url, graceMs: 500 })
  })
  afterEach(async () => {
    await stage.close()
    await database.drop()
  })

  test.each([
    { point: 'build', effects: ['build', 'push'] },
    { point: 'push', effects: ['build', 'push'] },
  ])('kill -9 at a $point: another finishes, and what was done is not done again', async ({ point, effects }) => {
    const first = await stage.startWorker('first', point)
    const id = await stage.build({ push: true })
    await stage.reached('first', point, id)
    first.kill('SIGKILL')
    await stage.startWorker('second')
    expect(await stage.end(id)).toMatchObject({ state: 'succeeded', attempt: 2, losses: 1, failures: 0 })
    expect(stage.effects(id)).toEqual(effects)
    expect(await findBrokenInvariants(stage.ledger)).toEqual([])
  })

  test('a worker that stood still comes back to nothing: its effects are refused', async () => {
    const zombie = await stage.startWorker('zombie', 'build')
    const id = await stage.build()
    await stage.reached('zombie', 'build', id)
    zombie.kill('SIGSTOP')
    await stage.startWorker('second')
    expect(await stage.end(id)).toMatchObject({ state: 'succeeded', attempt: 2 })
    stage.letGo()
    zombie.kill('SIGCONT')
    const next = await stage.build()
    await stage.end(next)
    zombie.kill('SIGTERM')
    await zombie.ended
    expect(stage.effects(id)).toEqual(['build'])
    expect(await findBrokenInvariants(stage.ledger)).toEqual([])
  })

  test('SIGTERM past the grace hands over, and costs nothing', async () => {
    const first = await stage.startWorker('first', 'build')
    const id = await stage.build()
    await stage.reached('first', 'build', id)
    first.kill('SIGTERM')
    await first.ended
    await stage.startWorker('second')
    expect(await stage.end(id)).toMatchObject({ state: 'succeeded', attempt: 2, losses: 0, failures: 0 })
    expect(stage.effects(id)).toEqual(['build'])
  })

  test('a job that loses every worker ends as lost, and others go on', async () => {
    const id = await stage.build({ maxLosses: 2 })
    for (const name of ['first', 'second']) {
      const worker = await stage.startWorker(name, 'build')
      await stage.reached(name, 'build', id)
      worker.kill('SIGKILL')
      await worker.ended
    }
    await stage.startWorker('third')
    expect(await stage.end(id)).toMatchObject({ state: 'failed', error: { code: 'worker-lost' }, losses: 2 })
    expect(await stage.end(await stage.build())).toMatchObject({ state: 'succeeded' })
    expect(await findBrokenInvariants(stage.ledger)).toEqual([])
  })

  test('cancel reaches a running build, and nothing is left of it', async () => {
    await stage.startWorker('first', 'build')
    const id = await stage.build()
    await stage.reached('first', 'build', id)
    await controlJob(stage.ledger, { jobId: id, verb: 'cancel', by })
    expect(await stage.end(id)).toMatchObject({ state: 'cancelled' })
    expect(stage.effects(id)).toEqual([])
    expect(await findBrokenInvariants(stage.ledger)).toEqual([])
  })

  test('the checker sees what is broken', async () => {
    await stage.startWorker('first')
    const id = await stage.build()
    await stage.end(id)
    expect(await findBrokenInvariants(stage.ledger)).toEqual([])
    const client = new Client({ connectionString: database.url })
    await client.connect()
    await client.query('delete from events where job_id = $1 and seq = 2', [id])
    await client.query(`update jobs set state = 'failed' where id = $1`, [id])
    await client.end()
    expect(await findBrokenInvariants(stage.ledger)).toEqual([
      expect.stringContaining('the trail ends with succeeded'),
      expect.stringContaining('a gap in the events'),
    ])
  })
})

describe.skipIf(lacks(gitComponent, redisComponent))('a transport that is lost', () => {
  test('FLUSHALL and a restart of Redis cost no queued job, and each runs once', async () => {
    const redis = await startRedis()
    const database = await createTestDatabase()
    const stage = await openChaosStage({ url: database.url, redisUrl: redis.url })
    try {
      const holder = await stage.startWorker('holder', 'build')
      const ids = await Promise.all(Array.from({ length: 12 }, () => stage.build()))
      await stage.until(ids[0] as string, (job) => job.state === 'running')
      await redis.command('FLUSHALL')
      await redis.kill()
      await redis.restart()
      stage.letGo()
      for (const id of ids) expect(await stage.end(id)).toMatchObject({ state: 'succeeded', losses: 0 })
      for (const id of ids) expect(stage.effects(id)).toEqual(['build'])
      expect(await findBrokenInvariants(stage.ledger)).toEqual([])
      holder.kill('SIGTERM')
      await holder.ended
    } finally {
      await stage.close()
      await redis.stop()
      await database.drop()
    }
  })
})

describe.skipIf(lacks(gitComponent))('a ledger that is lost', () => {
  test('Postgres that stops in the middle of a build costs time only', async () => {
    const postgres = await startPostgres()
    await migrateLedger(postgres.url)
    const stage = await openChaosStage({ url: postgres.url })
    try {
      await stage.startWorker('first', 'build')
      const id = await stage.build({ push: true })
      await stage.reached('first', 'build', id)
      await postgres.stopImmediately()
      stage.letGo()
      await postgres.restart()
      expect(await stage.end(id)).toMatchObject({ state: 'succeeded', failures: 0 })
      expect(stage.effects(id).filter((effect) => effect === 'push')).toEqual(['push'])
      expect(await findBrokenInvariants(stage.ledger)).toEqual([])
    } finally {
      await stage.close()
      await postgres.stop()
    }
  })
})
