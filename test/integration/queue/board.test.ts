import { randomUUID } from 'node:crypto'
import {
  type BullTransport,
  createPostgresTransport,
  createRedisTransport,
  messageId,
  migrateTransport,
  registerBoard,
} from '@stevedore/queue'
import { lacks, redisComponent, startPostgres, startRedis } from '@stevedore/testkit'
import fastify from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'

const backends = {
  async redis() {
    const redis = await startRedis()
    return { transport: createRedisTransport({ url: redis.url }), crash: redis.kill, stop: redis.stop }
  },
  async postgres() {
    const postgres = await startPostgres()
    await migrateTransport(postgres.url)
    return { transport: createPostgresTransport({ url: postgres.url }), crash: postgres.kill, stop: postgres.stop }
  },
}

describe.each(['redis', 'postgres'] as const)('the board on %s', (name) => {
  const skipped = name === 'redis' && lacks(redisComponent)

  test.skipIf(skipped)('shows the messages of every kind', async () => {
    const { app, message } = await openBoard(name)
    const page = await app.inject('/queues')
    expect(page.statusCode).toBe(200)
    expect(page.headers['content-type']).toContain('text/html')
    const script = /src="([^"]+\.js)"/.exec(page.body)?.[1] ?? ''
    expect((await app.inject(new URL(script, 'http://x/queues/').pathname)).statusCode).toBe(200)

    const list = await app.inject('/queues/api/queues?activeQueue=build&status=prioritized')
    expect(list.statusCode).toBe(200)
    const { queues } = list.json()
    expect(queues.map((queue: { name: string }) => queue.name).sort()).toEqual([
      'build',
      'deploy',
      'push',
      'rollback',
      'run',
    ])
    const build = queues.find((queue: { name: string }) => queue.name === 'build')
    expect(build).toMatchObject({ readOnlyMode: true, counts: { prioritized: 1 } })
    const id = messageId(message.jobId, 1)
    expect(build.jobs).toMatchObject([{ id, data: { jobId: message.jobId, attempt: 1 } }])
    expect((await app.inject(`/queues/api/queues/build/${id}`)).json()).toMatchObject({ job: { id } })
  })

  test.skipIf(skipped)('refuses every request that would change something, and nothing changes', async () => {
    const { app, message, transport } = await openBoard(name)
    const id = messageId(message.jobId, 1)
    for (const [method, path] of [
      ['PUT', '/queues/api/queues/build/pause'],
      ['PUT', '/queues/api/queues/pause'],
      ['PUT', '/queues/api/queues/build/empty'],
      ['PUT', '/queues/api/queues/build/obliterate'],
      ['PUT', `/queues/api/queues/build/${id}/clean`],
      ['PUT', `/queues/api/queues/build/${id}/promote`],
      ['PATCH', `/queues/api/queues/build/${id}/update-data`],
      ['POST', '/queues/api/queues/build/add'],
    ] as const) {
      const answer = await app.inject({ method, url: path, payload: {} })
      expect([path, answer.statusCode]).toEqual([path, 405])
    }
    const publisher = transport.openPublisher()
    onTestFinished(() => publisher.close())
    expect(await publisher.depths()).toContainEqual({ kind: 'build', waiting: 1, active: 0, delayed: 0 })
  })

  test.skipIf(skipped)('answers 503 within three seconds while the server is away', async () => {
    const { app, crash } = await openBoard(name)
    await crash()
    const from = Date.now()
    expect((await app.inject('/queues/api/queues')).statusCode).toBe(503)
    expect(Date.now() - from).toBeLessThan(3_000)
    expect((await app.inject('/queues')).statusCode).toBe(200)
  })
})

/** An app with the board and one message to see. */
async function openBoard(name: keyof typeof backends) {
  const { transport, crash, stop }: { transport: BullTransport; crash(): Promise<void>; stop(): Promise<void> } =
    await backends[name]()
  const app = fastify()
  await registerBoard(app, { transport, basePath: '/queues' })
  const publisher = transport.openPublisher()
  const message = { jobId: randomUUID(), attempt: 1, kind: 'build', delayMs: 0, priority: 1 } as const
  await publisher.publish([message])
  await publisher.close()
  onTestFinished(async () => {
    await app.close()
    await stop()
  })
  return { app, transport, crash, message }
}
