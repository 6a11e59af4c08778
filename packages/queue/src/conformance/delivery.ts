import { jobKinds } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { HandBack } from '../transport.ts'
import {
  createConsumerNotes,
  createGate,
  createMessage,
  createMessages,
  idOf,
  openPublisher,
  openRecorder,
  type TransportHarness,
} from './harness.ts'
import { createNotes } from './notes.ts'

export function describeDelivery(harness: () => TransportHarness) {
  test('carries the message and nothing else, to the kind’s handler', async () => {
    const given = createNotes<unknown>('given messages')
    openRecorder(harness(), { handle: async (message, kind) => given.add([kind, message]) })
    const messages = jobKinds.map((kind, index) => createMessage({ kind, attempt: index + 1 }))
    await openPublisher(harness()).publish(messages)
    const all = await given.waitForCount(messages.length)
    expect(all).toHaveLength(messages.length)
    expect(new Set(all)).toEqual(new Set(messages.map(({ kind, jobId, attempt }) => [kind, { jobId, attempt }])))
  })

  test('two processes handle each of hundreds of messages once', async () => {
    const { ended } = createConsumerNotes()
    const begun = [1, 2].map(() => createConsumerNotes().begun)
    await Promise.all(begun.map((own) => harness().startWorker({ hold: false, notes: { begun: own, ended } })))
    const messages = jobKinds.flatMap((kind) => createMessages(80, { kind }))
    const publisher = openPublisher(harness())
    await Promise.all([publisher.publish(messages.slice(0, 300)), publisher.publish(messages.slice(200))])
    await ended.waitForCount(messages.length, 120_000)
    expect((await publisher.depths()).map(({ waiting, active }) => waiting + active)).toEqual(jobKinds.map(() => 0))
    const ids = messages.map(idOf).sort()
    expect(begun.flatMap(({ all }) => all).sort()).toEqual(ids)
    expect(ended.all.toSorted()).toEqual(ids)
    for (const { all } of begun) expect(all.length).toBeGreaterThan(0)
  })

  test('the same message published many times is one', async () => {
    const message = createMessage()
    const publishers = [openPublisher(harness()), openPublisher(harness())]
    await Promise.all(Array.from({ length: 10 }, (_, index) => publishers[index % 2]?.publish([message, message])))
    expect(await publishers[0]?.depths()).toContainEqual({ kind: 'build', waiting: 1, active: 0, delayed: 0 })
    const { begun } = openRecorder(harness())
    const last = createMessage({ priority: 200 })
    await publishers[0]?.publish([last])
    await begun.waitFor(idOf(last))
    expect(begun.all.filter((id) => id === idOf(message))).toHaveLength(1)
  })

  test('holds a delayed message back for its time and no longer', async () => {
    const takenAt = createNotes<number>('times')
    const { begun } = openRecorder(harness(), { handle: async () => takenAt.add(Date.now()) })
    const publisher = openPublisher(harness())
    const publishedAt = Date.now()
    await publisher.publish([createMessage({ delayMs: 1_500 })])
    expect(await publisher.depths()).toContainEqual({ kind: 'build', waiting: 0, active: 0, delayed: 1 })
    const [at] = await takenAt.waitForCount(1)
    expect(begun.all).toHaveLength(1)
    expect(at! - publishedAt).toBeGreaterThanOrEqual(1_490)
    expect(at! - publishedAt).toBeLessThan(3_500)
  })

  test('takes what has no priority first, then 1, 2, 3 …, and equal ones in order', async () => {
    const [third, fifth, first, sixth, second, fourth] = [1, 100, 0, 100, 0, 9].map((priority) =>
      createMessage({ priority }),
    )
    const messages = [third!, fifth!, first!, sixth!, second!, fourth!]
    await openPublisher(harness()).publish(messages)
    const { begun } = openRecorder(harness(), { concurrency: 1 })
    const order = [first!, second!, third!, fourth!, fifth!, sixth!]
    expect(await begun.waitForCount(6)).toEqual(order.map(idOf))
  })

  test('runs as many messages of a kind at a time as it was told', async () => {
    const gate = createGate()
    const { begun } = openRecorder(harness(), { concurrency: 3, handle: () => gate.passed })
    const publisher = openPublisher(harness())
    await publisher.publish(createMessages(5))
    await begun.waitForCount(3)
    expect(await publisher.depths()).toContainEqual({ kind: 'build', waiting: 2, active: 3, delayed: 0 })
    expect(begun.all).toHaveLength(3)
    gate.open()
    expect(await begun.waitForCount(5)).toHaveLength(5)
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
    expect(await begun.waitForCount(1)).toEqual([idOf(held)])
    for (const message of [held, waiting, delayed, createMessage()]) await publisher.withdraw('build', message)
    const last = createMessage({ delayMs: 600 })
    await publisher.publish([last])
    gate.open()
    expect(await begun.waitForCount(2)).toEqual([idOf(held), idOf(last)])
    expect(errors.all).toEqual([])
  })

  test('counts what waits, runs and is delayed, by kind', async () => {
    const publisher = openPublisher(harness())
    await publisher.publish([
      ...createMessages(2),
      createMessage({ priority: 0 }),
      createMessage({ kind: 'deploy', delayMs: 60_000 }),
      createMessage({ kind: 'push' }),
    ])
    expect(await publisher.depths()).toEqual([
      { kind: 'build', waiting: 3, active: 0, delayed: 0 },
      { kind: 'push', waiting: 1, active: 0, delayed: 0 },
      { kind: 'deploy', waiting: 0, active: 0, delayed: 1 },
      { kind: 'rollback', waiting: 0, active: 0, delayed: 0 },
      { kind: 'run', waiting: 0, active: 0, delayed: 0 },
    ])
  })

  test('what is handed back goes to another, also when it comes late to one that has stopped taking its kind', async () => {
    const publisher = openPublisher(harness())
    const unable = openRecorder(harness(), { handle: () => Promise.reject(new HandBack()) })
    const messages = createMessages(6)
    await publisher.publish(messages)
    await unable.begun.waitForCount(1)
    const able = openRecorder(harness())
    unable.consumer.takeOnly(['deploy'])
    expect((await able.begun.waitForCount(6)).toSorted()).toEqual(messages.map(idOf).toSorted())
    await able.ended.waitForCount(6)
    expect(unable.errors.all).toEqual([])
    expect(await publisher.depths()).toContainEqual({ kind: 'build', waiting: 0, active: 0, delayed: 0 })
  })

  test('kinds that were left are taken again, and others all the while', async () => {
    const publisher = openPublisher(harness())
    const { begun, consumer } = openRecorder(harness())
    const [first, second] = [createMessage(), createMessage()]
    await publisher.publish([first])
    await begun.waitFor(idOf(first))
    consumer.takeOnly(['deploy'])
    const deploy = createMessage({ kind: 'deploy' })
    await publisher.publish([deploy])
    await begun.waitFor(idOf(deploy))
    consumer.takeOnly(['build', 'deploy'])
    await publisher.publish([second])
    await begun.waitFor(idOf(second))
  })
}
