import { createRedisTransport, TransportSetupError } from '@stevedore/queue'
import {
  createGate,
  createMessage,
  createMessages,
  describeTransport,
  idOf,
  openPublisher,
  openRecorder,
  publishAgain,
} from '@stevedore/queue/conformance'
import { lacks, redisComponent, startRedis, type TestRedis } from '@stevedore/testkit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startWorker } from './start-worker.ts'

const timeoutMs = 20_000
const skipped = lacks(redisComponent)

describe.skipIf(skipped)('on Redis', () => {
  describeTransport('the transport', async () => {
    const redis = await startRedis()
    return {
      transport: createRedisTransport({ url: redis.url }),
      startWorker: (options) => startWorker('redis', redis.url, options),
      crash: redis.kill,
      restart: redis.restart,
      async wipe() {
        await redis.command('FLUSHALL')
      },
      stop: redis.stop,
    }
  })

  test('after FLUSHALL, with messages waiting, delayed and in flight, each that is published again is handled', async () => {
    const { redis, transport } = await open()
    const publisher = openPublisher({ transport })
    const gate = createGate()
    const messages = [...createMessages(3), createMessage({ delayMs: 60_000 })]
    const { begun } = openRecorder({ transport }, { kinds: ['build'], concurrency: 2, handle: () => gate.passed })
    await publisher.publish(messages)
    expect(await begun.waitForCount(2, timeoutMs)).toHaveLength(2)
    await redis.command('FLUSHALL')
    await publisher.publish(messages.map((message) => ({ ...message, delayMs: 0 })))
    gate.open()
    await Promise.all(messages.map((message) => begun.waitFor(idOf(message), timeoutMs)))
    expect(new Set(begun.all).size).toBe(4)
    const late = createMessage()
    await publisher.publish([late])
    await begun.waitFor(idOf(late), timeoutMs)
  })

  test('after kill -9 and a restart, all that is published again is handled, and once', async () => {
    const { redis, transport } = await open()
    const publisher = openPublisher({ transport })
    const messages = createMessages(50)
    await publisher.publish(messages)
    await redis.kill()
    await redis.restart()
    await publishAgain(publisher, messages)
    const { begun } = openRecorder({ transport }, { kinds: ['build'] })
    const all = await begun.waitForCount(50, timeoutMs)
    expect(all).toHaveLength(50)
    expect(new Set(all).size).toBe(50)
  })

  test('calls fail within five seconds while nothing answers on an open connection', async () => {
    const { redis, transport } = await open()
    const publisher = openPublisher({ transport })
    await publisher.ping()
    redis.freeze()
    for (const call of [() => publisher.ping(), () => publisher.publish([createMessage()])]) {
      const from = Date.now()
      await expect(call()).rejects.toThrow()
      expect(Date.now() - from).toBeLessThan(5_000)
    }
    redis.thaw()
    await publishAgain(publisher, [createMessage()])
  })

  test('refuses a Redis that may evict messages, and says which setting', async () => {
    const { transport } = await open(['--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru'])
    const publisher = openPublisher({ transport })
    const { errors } = openRecorder({ transport }, { kinds: ['build'] })
    await expect(publisher.ping()).rejects.toThrow(TransportSetupError)
    await expect(publisher.publish([createMessage()])).rejects.toThrow(/allkeys-lru.*set maxmemory-policy noeviction/)
    const [error] = await errors.waitForCount(1, timeoutMs)
    expect(error).toBeInstanceOf(TransportSetupError)
  })

  test('takes a Redis without memory left as away, and goes on when there is some again', async () => {
    const { redis, transport } = await open(['--maxmemory-policy', 'noeviction'])
    const publisher = openPublisher({ transport })
    await publisher.ping()
    await redis.command('CONFIG SET maxmemory 1')
    await expect(publisher.publish([createMessage()])).rejects.toThrow(/OOM/)
    await redis.command('CONFIG SET maxmemory 0')
    await publisher.publish([createMessage()])
    expect(await publisher.depths()).toContainEqual({ kind: 'build', waiting: 1, active: 0, delayed: 0 })
  })
})

async function open(settings?: string[]) {
  const redis: TestRedis = await startRedis(settings)
  onTestFinished(() => redis.stop())
  return { redis, transport: createRedisTransport({ url: redis.url }) }
}
