import { expect, test } from 'vitest'
import { queueName } from '../message.ts'
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

/** A lost message must be publishable again whatever became of its first copy, and whatever the handler did. */
export function describeRecovery(harness: () => TransportHarness) {
  test('publishes a message again after its copy has ended', async () => {
    const { begun, ended } = openRecorder(harness())
    const publisher = openPublisher(harness())
    const message = createMessage()
    for (const times of [1, 2, 3]) {
      await publisher.publish([{ ...message, isRepeat: times > 1 }])
      expect(await begun.waitForCount(times)).toHaveLength(times)
      await ended.waitForCount(times)
      expect((await publisher.depths())[0]?.active).toBe(0)
    }
  })

  test('publishes a message again after its handler threw, and keeps what it threw to this side', async () => {
    const { begun, ended, errors } = openRecorder(harness(), {
      handle: () => Promise.reject(new Error('pw=s3cr3t')),
    })
    const publisher = openPublisher(harness())
    const message = createMessage()
    await publisher.publish([message])
    expect((await errors.waitForCount(1)).map((error) => error.message)).toEqual(['pw=s3cr3t'])
    await ended.waitForCount(1)
    const queues = harness().transport.openQueues()
    const { build } = await queues.open()
    expect(await build.getJobState(idOf(message))).toBe('failed')
    expect(JSON.stringify(await build.getJob(idOf(message)))).not.toContain('s3cr3t')
    await queues.close()
    await publisher.publish([{ ...message, isRepeat: true }])
    expect(await begun.waitForCount(2)).toHaveLength(2)
  })

  test('reports what is no message of its own and goes on', async () => {
    const { begun, errors } = openRecorder(harness())
    const queues = harness().transport.openQueues()
    await (await queues.open()).build.addBulk([{ name: queueName('build'), data: { version: 9 } }])
    await queues.close()
    expect(await errors.waitForCount(1)).toHaveLength(1)
    const message = createMessage()
    await openPublisher(harness()).publish([message])
    expect(await begun.waitForCount(1)).toEqual([idOf(message)])
  })

  test('gives the message of a killed process to another, however often', async () => {
    const publisher = openPublisher(harness())
    const message = createMessage()
    await publisher.publish([message])
    for (const _ of [1, 2]) {
      const notes = createConsumerNotes()
      const doomed = await harness().startWorker({ hold: true, notes })
      expect(await notes.begun.waitForCount(1, 30_000)).toEqual([idOf(message)])
      await doomed.kill()
    }
    const { begun } = openRecorder(harness())
    await publisher.publish([message])
    expect(await begun.waitForCount(1, 30_000)).toEqual([idOf(message)])
  }, 120_000)

  test('close waits for what is in flight and takes nothing more', async () => {
    const gate = createGate()
    const { consumer, begun } = openRecorder(harness(), { concurrency: 1, handle: () => gate.passed })
    const publisher = openPublisher(harness())
    await publisher.publish(createMessages(2))
    expect(await begun.waitForCount(1)).toHaveLength(1)
    let closed = false
    const closing = consumer.close().then(() => (closed = true))
    await publisher.publish(createMessages(1))
    expect(await publisher.depths()).toContainEqual({ kind: 'build', waiting: 2, active: 1, delayed: 0 })
    expect(closed).toBe(false)
    gate.open()
    await closing
    expect(await publisher.depths()).toContainEqual({ kind: 'build', waiting: 2, active: 0, delayed: 0 })
    expect(begun.all).toHaveLength(1)
  })

  test('a paused consumer ends what it has in flight and takes nothing more', async () => {
    const gate = createGate()
    const paused = openRecorder(harness(), { handle: () => gate.passed })
    const publisher = openPublisher(harness())
    const [before, after] = createMessages(2)
    await publisher.publish([before!])
    expect(await paused.begun.waitForCount(1)).toHaveLength(1)
    await paused.consumer.pause()
    await publisher.publish([after!])
    const other = openRecorder(harness())
    expect(await other.begun.waitForCount(1)).toEqual([idOf(after!)])
    gate.open()
    await Promise.all([paused.ended.waitForCount(1), other.ended.waitForCount(1)])
    expect((await publisher.depths())[0]).toMatchObject({ waiting: 0, active: 0 })
    expect(paused.begun.all).toEqual([idOf(before!)])
  })
}
