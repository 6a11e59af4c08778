import { createRedisTransport } from '@stevedore/queue'
import { lacks, redisComponent, startRedis, type TestRedis, waitUntil } from '@stevedore/testkit'
import { afterEach, describe, expect, test } from 'vitest'
import { assertInvariants } from './invariants.ts'
import { declareApp, enqueueBuild } from './jobs.ts'
import { openStage, type Stage } from './stage.ts'

const count = 20

describe.skipIf(lacks(redisComponent))('Redis loses what it held, with work under way and twenty jobs queued', () => {
  let redis: TestRedis
  let stage: Stage
  afterEach(async () => {
    await stage?.close()
    await redis?.stop()
  })

  test.each([
    { loss: 'FLUSHALL', lose: () => redis.command('FLUSHALL') },
    { loss: 'kill -9 and a start', lose: () => redis.kill().then(() => redis.restart()) },
  ])('$loss: each runs exactly once', async ({ lose }) => {
    redis = await startRedis()
    stage = await openStage({ redisUrl: redis.url })
    const { ledger, script } = stage
    script.hold('build')
    const app = await declareApp(ledger, stage.git)
    const jobs = await Promise.all(
      Array.from({ length: count }, (_, index) => enqueueBuild(ledger, app, `1.0.${index}`)),
    )
    await Promise.all([1, 2].map(() => stage.startWorker({ WORKER_CONCURRENCY: '2' })))
    const publisher = createRedisTransport(redis).openPublisher()
    const areFetched = async () => {
      const started = script.deeds().filter(({ what, point }) => what === 'reached' && point === 'build').length
      const depth = (await publisher.depths()).find(({ kind }) => kind === 'build')
      return started === 4 && depth?.waiting === count - 4
    }
    await waitUntil('four builds under way and the rest in Redis', areFetched, { timeoutMs: 30_000 })
    await publisher.close()
    await lose()
    script.lift('build')
    for (const { id } of jobs) {
      expect(await stage.end(id, 60_000)).toMatchObject({ state: 'succeeded', attempt: 1, losses: 0, failures: 0 })
      expect(script.attemptsThat('build', id)).toEqual([1])
      expect(script.attemptsThat('push', id)).toEqual([1])
    }
    await assertInvariants(ledger)
  })
})
