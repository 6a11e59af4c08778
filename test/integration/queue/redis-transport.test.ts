import { randomUUID } from 'node:crypto'
import { createRedisTransport, messageId, type OutgoingMessage, TransportSetupError } from '@stevedore/queue'
import { describeTransport } from '@stevedore/queue/conformance'
import { lacks, redisComponent, startRedis, type TestRedis } from '@stevedore/testkit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startWorker } from './start-worker.ts'

const skipped = lacks(redisComponent)

describe.skipIf(skipped)('on Redis', () => {
  describeTransport('the transport', async () => {
    const redis = await startRedis()
    return {
      transport: createRedisTransport({ url: redis.url }),
      startWorker: ({ hold }) => startWorker('redis', redis.url, hold),
      crash: redis.kill,
      restart: redis.restart,
      async wipe() {
        await redis.command('FLUSHALL')
      },
      stop: redis.stop,
    }
  })

  test('after FLUSHALL, with messages waiting, delayed and in hand, each that is published again is handled', async () => {
    const { redis, transport } = await open()
    const publisher = transport.openPublisher()
    const { promise: gate, resolve: openGate } = Promise.withResolvers<void>()
    const messages = [create(), create(), create(), create({ delayMs: 60_000 })]
    const begun: string[] = []
    const consumer = transport.openConsumer({
      kinds: ['build'],
      concurrency: 2,
      onError: () => {},
      async handle({ jobId }) {
        begun.push(jobId)
        await gate
      },
    })
    onTestFinished(async () => void (await Promise.all([consumer.close(), publisher.close()])))
    await publisher.publish(messages)
    await expect.poll(() => begun.length, soon).toBe(2)
    await redis.command('FLUSHALL')
    await publisher.publish(messages.map((message) => ({ ...message, delayMs: 0 })))
    openGate()
    await expect.poll(() => new Set(begun).size, soon).toBe(4)
    const late = create()
    await publisher.publish([late])
    await expect.poll(() => begun, soon).toContain(late.jobId)
  })

  test('after kill -9 and a restart, all that is published again is handled, and once', async () => {
    const { redis, transport } = await open()
    const publisher = transport.openPublisher()
    const messages = Array.from({ length: 50 }, () => create())
    await publisher.publish(messages)
    await redis.kill()
    await redis.restart()
    await expect.poll(() => publisher.publish(messages).then(() => 'done', String), soon).toBe('done')
    const begun: string[] = []
    const consumer = transport.openConsumer({
      kinds: ['build'],
      concurrency: 4,
      onError: () => {},
      handle: async (message) => void begun.push(messageId(message.jobId, message.attempt)),
    })
    onTestFinished(async () => void (await Promise.all([consumer.close(), publisher.close()])))
    await expect.poll(() => begun.length, soon).toBe(50)
    expect(new Set(begun).size).toBe(50)
  })

  test('calls fail within five seconds while nothing answers on an open connection', async () => {
    const { redis, transport } = await open()
    const publisher = transport.openPublisher()
    onTestFinished(() => publisher.close())
    await publisher.ping()
    redis.freeze()
    for (const call of [() => publisher.ping(), () => publisher.publish([create()])]) {
      const from = Date.now()
      await expect(call()).rejects.toThrow()
      expect(Date.now() - from).toBeLessThan(5_000)
    }
    redis.thaw()
    await expect.poll(() => publisher.publish([create()]).then(() => 'done', String), soon).toBe('done')
  })

  test('refuses a Redis that may evict messages, and says which setting', async () => {
    const { transport } = await open(['--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru'])
    const publisher = transport.openPublisher()
    const errors: Error[] = []
    const consumer = transport.openConsumer({
      kinds: ['build'],
      concurrency: 1,
      handle: async () => {},
      onError: (error) => errors.push(error),
    })
    onTestFinished(async () => void (await Promise.all([consumer.close(), publisher.close()])))
    await expect(publisher.ping()).rejects.toThrow(TransportSetupError)
    await expect(publisher.publish([create()])).rejects.toThrow(/allkeys-lru.*set maxmemory-policy noeviction/)
    await expect.poll(() => errors[0], soon).toBeInstanceOf(TransportSetupError)
  })

  test('takes a Redis without memory left as away, and goes on when there is some again', async () => {
    const { redis, transport } = await open(['--maxmemory-policy', 'noeviction'])
    const publisher = transport.openPublisher()
    onTestFinished(() => publisher.close())
    await publisher.ping()
    await redis.command('CONFIG SET maxmemory 1')
    await expect(publisher.publish([create()])).rejects.toThrow(/OOM/)
    await redis.command('CONFIG SET maxmemory 0')
    await publisher.publish([create()])
    expect(await publisher.depths()).toContainEqual({ kind: 'build', waiting: 1, active: 0, delayed: 0 })
  })
})

const soon = { timeout: 20_000, interval: 20 }

function create(settings: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return { jobId: randomUUID(), attempt: 1, kind: 'build', delayMs: 0, priority: 100, ...settings }
}

async function open(settings?: string[]) {
  const redis: TestRedis = await startRedis(settings)
  onTestFinished(() => redis.stop())
  return { redis, transport: createRedisTransport({ url: redis.url }) }
}
