import { expect, test } from 'vitest'
import {
  createConsumerNotes,
  createGate,
  createMessage,
  createMessages,
  idOf,
  openPublisher,
  openRecorder,
  publishAgain,
  type TransportHarness,
} from './harness.ts'

const recoveryTimeoutMs = 30_000

/** The server goes away and comes back under everything that is open. */
export function describeOutage(harness: () => TransportHarness) {
  test('calls fail within three seconds while the server is away, and work again when it is back', async () => {
    const publisher = openPublisher(harness())
    await publisher.ping()
    await harness().crash()
    const late = openPublisher(harness())
    for (const call of [
      () => publisher.publish(createMessages(3)),
      () => publisher.ping(),
      () => publisher.depths(),
      () => publisher.withdraw('build', createMessage()),
      () => late.publish(createMessages(3)),
      () => late.ping(),
    ])
      await expectQuickRejection(call)
    await harness().restart()
    const { begun } = openRecorder(harness())
    const [one, two] = createMessages(2)
    await publishAgain(publisher, [one!])
    await publishAgain(late, [two!])
    const all = await begun.waitForCount(2, recoveryTimeoutMs)
    expect(all.toSorted()).toEqual([idOf(one!), idOf(two!)].sort())
  })

  test('a consumer outlives the server, and one that started without it joins in', async () => {
    const gate = createGate()
    const publisher = openPublisher(harness())
    const old = openRecorder(harness(), { kinds: ['build'], handle: () => gate.passed })
    const held = createMessage()
    await publisher.publish([held])
    expect(await old.begun.waitForCount(1, recoveryTimeoutMs)).toEqual([idOf(held)])
    await harness().crash()
    const young = openRecorder(harness(), { kinds: ['push'] })
    await young.errors.waitForCount(1, recoveryTimeoutMs)
    gate.open()
    await harness().restart()
    const [build, push] = [createMessage(), createMessage({ kind: 'push' })]
    await publishAgain(publisher, [build, push])
    await old.begun.waitFor(idOf(build), recoveryTimeoutMs)
    expect(await young.begun.waitForCount(1, recoveryTimeoutMs)).toEqual([idOf(push)])
  })

  test('closes within ten seconds while the server is away', async () => {
    const publisher = openPublisher(harness())
    const started = openRecorder(harness())
    const message = createMessage()
    await publisher.publish([message])
    expect(await started.begun.waitForCount(1, recoveryTimeoutMs)).toEqual([idOf(message)])
    await harness().crash()
    const unstarted = openRecorder(harness())
    const from = Date.now()
    await Promise.all([started.consumer.close(), unstarted.consumer.close(), publisher.close()])
    expect(Date.now() - from).toBeLessThan(10_000)
    await harness().restart()
  })

  test('nothing keeps a process alive that has closed, with the server there or away', async () => {
    const notes = createConsumerNotes()
    const workers = await Promise.all([1, 2].map(() => harness().startWorker({ hold: false, notes })))
    await openPublisher(harness()).publish(createMessages(20))
    expect(await notes.ended.waitForCount(20, recoveryTimeoutMs)).toHaveLength(20)
    await workers[0]?.close()
    await harness().crash()
    await workers[1]?.close()
    await harness().restart()
  }, 20_000)
}

async function expectQuickRejection(call: () => Promise<unknown>): Promise<void> {
  const from = Date.now()
  await expect(call()).rejects.toThrow()
  expect(Date.now() - from).toBeLessThan(3_000)
}
