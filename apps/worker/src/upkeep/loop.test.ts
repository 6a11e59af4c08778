import { createLogger } from '@stevedore/telemetry'
import { expect, test } from 'vitest'
import { startLoop } from './loop.ts'

const closing = new AbortController().signal
const host = { logger: createLogger({ level: 'silent' }), tell: () => {}, closing }
const forever = 2 ** 30

/** A loop whose runs are ended by hand. */
function openLoop() {
  const runs: { end(more?: boolean): void; fail(): void }[] = []
  let begun = () => {}
  const loop = startLoop(host, {
    name: 'test',
    intervalMs: forever,
    run: () =>
      new Promise((resolve, reject) => {
        runs.push({ end: (more) => resolve(more), fail: () => reject(new Error('away')) })
        begun()
      }),
  })
  const reach = async (count: number) => {
    while (runs.length < count)
      await new Promise<void>((resolve) => {
        begun = resolve
      })
  }
  return { loop, runs, reach }
}

test('a wake-up during a run is not lost', async () => {
  const { loop, runs, reach } = openLoop()
  await reach(1)
  loop.wake()
  runs[0]?.end()
  await reach(2)
  runs[1]?.end()
  await loop.stop()
  expect(runs).toHaveLength(2)
})

test('a wake-up while it rests runs it', async () => {
  const { loop, runs, reach } = openLoop()
  await reach(1)
  runs[0]?.end()
  await new Promise((resolve) => setImmediate(resolve))
  loop.wake()
  await reach(2)
  runs[1]?.end()
  await loop.stop()
})

test('more to do runs it at once', async () => {
  const { loop, runs, reach } = openLoop()
  await reach(1)
  runs[0]?.end(true)
  await reach(2)
  runs[1]?.end()
  await loop.stop()
})

test('stop waits for the run in hand, and a failure does not end the loop', async () => {
  const { loop, runs, reach } = openLoop()
  await reach(1)
  let stopped = false
  const stopping = loop.stop().then(() => {
    stopped = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(stopped).toBe(false)
  runs[0]?.fail()
  await stopping
  expect(runs).toHaveLength(1)
})

test('a run that fails because the worker ends is no failure, and is not told', async () => {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const logger = createLogger({ level: 'info', destination })
  const ending = new AbortController()
  const fail = (name: string, intervalMs: number) =>
    new Promise<void>((resolve) => {
      const loop = startLoop(
        { logger, tell: () => resolve(), closing: ending.signal },
        { name, intervalMs, run: () => Promise.reject(new Error('cut short')) },
      )
      void loop.stop()
    })
  await fail('before', forever)
  ending.abort()
  await fail('after', forever)
  expect(lines.map((line) => JSON.parse(line).loop)).toEqual(['before'])
})
