import { listAttempts } from '@stevedore/ledger'
import { createPostgresTransport, createRedisTransport } from '@stevedore/queue'
import { lacks, redisComponent, startRedis, type TestRedis, waitUntil } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assertInvariants } from './invariants.ts'
import { declareApp, enqueueBuild } from './jobs.ts'
import { openStage, type Stage } from './stage.ts'

describe.skipIf(lacks(redisComponent))('one message delivered over and over', () => {
  let redis: TestRedis
  let stage: Stage
  beforeAll(async () => {
    redis = await startRedis()
    stage = await openStage()
  })
  afterAll(async () => {
    await stage?.close()
    await redis?.stop()
  })

  /** A transport collapses repeats, so the same message comes through two at once, to a worker each. */
  test('three times through each of two transports, before the job runs and while it does: one run', async () => {
    const { ledger, script } = stage
    const publishers = [createPostgresTransport({ url: stage.databaseUrl }), createRedisTransport(redis)].map(
      (transport) => transport.openPublisher(),
    )
    const app = await declareApp(ledger, stage.git)
    const { id } = await enqueueBuild(ledger, app)
    const repeats = [1, 2, 3].map(() => ({ jobId: id, attempt: 1, kind: 'build' as const, delayMs: 0, priority: 0 }))
    const deliver = () => Promise.all(publishers.map((publisher) => publisher.publish(repeats)))
    script.hold('build')
    await deliver()
    await Promise.all([stage.startWorker(), stage.startWorker({ REDIS_URL: redis.url })])
    await stage.deed({ what: 'reached', point: 'build', jobId: id })
    await deliver()
    const areTaken = async () => {
      const depths = (await Promise.all(publishers.map((publisher) => publisher.depths()))).flat()
      const [waiting, active] = [depths.map((depth) => depth.waiting), depths.map((depth) => depth.active)].map(sum)
      return waiting === 0 && active === 1
    }
    await waitUntil('the messages but the one in hand to be done with', areTaken, { timeoutMs: 30_000 })
    script.lift('build')
    expect(await stage.end(id)).toMatchObject({ state: 'succeeded', attempt: 1, losses: 0, failures: 0 })
    for (const publisher of publishers) await publisher.close()

    expect(await listAttempts(ledger, id)).toHaveLength(1)
    expect(script.deeds().filter(({ what, point }) => what === 'reached' && point === 'build')).toHaveLength(1)
    expect(script.attemptsThat('push', id)).toEqual([1])
    await assertInvariants(ledger)
  })
})

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
