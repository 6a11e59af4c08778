import { jobKinds } from '@stevedore/contract'
import { expect, test } from 'vitest'
import {
  createGate,
  createMessage,
  createMessages,
  idOf,
  openPublisher,
  openRecorder,
  type TransportHarness,
} from './harness.ts'

const soon = { timeout: 10_000, interval: 20 }

export function describeDelivery(harness: () => TransportHarness) {
  test('carries the message and nothing else, to the kind’s handler', async () => {
    const given: unknown[] = []
    openRecorder(harness(), { handle: async (message, kind) => void given.push([kind, message]) })
    const messages = jobKinds.map((kind, index) => createMessage({ kind, attempt: index + 1 }))
    await openPublisher(harness()).publish(messages)
    await expect.poll(() => given.length, soon).toBe(4)
    expect(new Set(given)).toEqual(new Set(messages.map(({ kind, jobId, attempt }) => [kind, { jobId, attempt }])))
  })

  test('two processes handle each of 400 messages once', async () => {
    const workers = await Promise.all([harness().startWorker({ hold: false }), harness().startWorker({ hold: false })])
    const messages = jobKinds.flatMap((kind) => createMessages(100, { kind }))
    const publisher = openPublisher(harness())
    await Promise.all([publisher.publish(messages.slice(0, 300)), publisher.publish(messages.slice(200))])
    await expect.poll(() => workers.flatMap((worker) => worker.handled).length, { timeout: 30_000 }).toBe(400)
    await expect
      .poll(async () => (await publisher.depths()).map(({ waiting, active }) => waiting + active), soon)
      .toEqual([0, 0, 0, 0])
    expect(workers.flatMap((worker) => worker.handled).sort()).toEqual(messages.map(idOf).sort())
    for (const worker of workers) expect(worker.handled.length).toBeGreaterThan(0)
  })

  test('the same message published many times is one', async () => {
    const message = createMessage()
    const publishers = [openPublisher(harness()), openPublisher(harness())]
    await Promise.all(Array.from({ length: 10 }, (_, index) => publishers[index % 2]?.publish([message, message])))
    expect(await publishers[0]?.depths()).toContainEqual({ kind: 'build', waiting: 1, active: 0, delayed: 0 })
    const { begun } = openRecorder(harness())
    const last = createMessage({ priority: 200 })
    await publishers[0]?.publish([last])
    await expect.poll(() => begun, soon).toContain(idOf(last))
    expect(begun.filter((id) => id === idOf(message))).toHaveLength(1)
  })

  test('holds a delayed message back for its time and no longer', async () => {
    const takenAt: number[] = []
    const { begun } = openRecorder(harness(), { handle: async () => void takenAt.push(Date.now()) })
    const publisher = openPublisher(harness())
    const publishedAt = Date.now()
    await publisher.publish([createMessage({ delayMs: 1_500 })])
    expect(await publisher.depths()).toContainEqual({ kind: 'build', waiting: 0, active: 0, delayed: 1 })
    await expect.poll(() => begun.length, soon).toBe(1)
    const tookMs = takenAt[0]! - publishedAt
    expect(tookMs).toBeGreaterThanOrEqual(1_490)
    expect(tookMs).toBeLessThan(3_500)
  })

  test('takes what matters more first, and equal ones in order', async () => {
    const [late, early, first, second] = [
      createMessage({ priority: 9 }),
      createMessage({ priority: 1 }),
      createMessage(),
      createMessage(),
    ]
    await openPublisher(harness()).publish([first, second, late, early])
    const { begun } = openRecorder(harness(), { concurrency: 1 })
    await expect.poll(() => begun, soon).toEqual([early, late, first, second].map(idOf))
  })

  test('runs as many messages of a kind at a time as it was told', async () => {
    const gate = createGate()
    const { begun } = openRecorder(harness(), { concurrency: 3, handle: () => gate.passed })
    const publisher = openPublisher(harness())
    await publisher.publish(createMessages(5))
    await expect
      .poll(() => publisher.depths(), soon)
      .toContainEqual({ kind: 'build', waiting: 2, active: 3, delayed: 0 })
    expect(begun).toHaveLength(3)
    gate.open()
    await expect.poll(() => begun.length, soon).toBe(5)
  })

  test('takes back what nobody has taken, and lets be what somebody has', async () => {
    const gate = createGate()
    const publisher = openPublisher(harness())
    const [held, waiting, delayed] = [
      createMessage({ priority: 1 }),
      createMessage({ priority: 2 }),
      createMessage({ delayMs: 500 }),
    ]
    await publisher.publish([held, waiting, delayed])
    const { begun, errors } = openRecorder(harness(), { concurrency: 1, handle: () => gate.passed })
    await expect.poll(() => begun, soon).toEqual([idOf(held)])
    for (const message of [held, waiting, delayed, createMessage()]) await publisher.withdraw('build', message)
    const last = createMessage({ delayMs: 600 })
    await publisher.publish([last])
    gate.open()
    await expect.poll(() => begun, soon).toEqual([idOf(held), idOf(last)])
    expect(errors).toEqual([])
  })

  test('counts what waits, runs and is delayed, by kind', async () => {
    const publisher = openPublisher(harness())
    await publisher.publish([
      ...createMessages(2),
      createMessage({ kind: 'deploy', delayMs: 60_000 }),
      createMessage({ kind: 'push' }),
    ])
    expect(await publisher.depths()).toEqual([
      { kind: 'build', waiting: 2, active: 0, delayed: 0 },
      { kind: 'push', waiting: 1, active: 0, delayed: 0 },
      { kind: 'deploy', waiting: 0, active: 0, delayed: 1 },
      { kind: 'rollback', waiting: 0, active: 0, delayed: 0 },
    ])
  })
}
