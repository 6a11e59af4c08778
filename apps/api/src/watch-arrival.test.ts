import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { watchArrival } from './watch-arrival.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
})

test('passes on what comes, and is done with it', async () => {
  const body = new PassThrough()
  const read = text(watchArrival(body, new EventEmitter()))
  body.write('a')
  body.end('b')
  expect(await read).toBe('ab')
  expect(vi.getTimerCount()).toBe(0)
})

test('a trickle fails with request-timeout; a steady body does not, however long it takes', async () => {
  const body = new PassThrough()
  const read = text(watchArrival(body, new EventEmitter()))
  for (let window = 0; window < 5; window++) {
    body.write('x'.repeat(11_000))
    await new Promise(setImmediate)
    vi.advanceTimersByTime(10_000)
  }
  body.write('x')
  await new Promise(setImmediate)
  vi.advanceTimersByTime(10_000)
  await expect(read).rejects.toMatchObject({ code: 'request-timeout' })
  expect(vi.getTimerCount()).toBe(0)
})

test('a reader that lets it wait is not the sender’s fault', async () => {
  const body = new PassThrough()
  const watched = watchArrival(body, new EventEmitter())
  body.write('x'.repeat(100_000))
  await new Promise(setImmediate)
  vi.advanceTimersByTime(30_000)
  body.end()
  expect((await text(watched)).length).toBe(100_000)
})

test('what breaks off fails', async () => {
  const body = new PassThrough()
  const read = text(watchArrival(body, new EventEmitter()))
  body.write('x')
  body.destroy()
  await expect(read).rejects.toMatchObject({ code: 'bad-request' })
})

test('nothing is left of what was answered unread', async () => {
  const [body, answer] = [new PassThrough(), new EventEmitter()]
  watchArrival(body, answer)
  body.write('x'.repeat(100_000))
  await new Promise(setImmediate)
  answer.emit('close')
  expect(vi.getTimerCount()).toBe(0)
})
