import { createLogger } from '@stevedore/telemetry'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createMissedWebhooks } from './missed-webhooks.ts'
import { generic } from './providers/generic.ts'
import type { Webhook } from './webhook.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })

function makeWebhook(deliveryId: string, body = '{}'): Webhook {
  return {
    ...{ provider: generic, app: 'shop', headers: { 'webhook-id': deliveryId }, body: Buffer.from(body) },
    ...{ receivedAt: 0, correlationId: 'c-1', reconciled: false },
  }
}

/** What operators read. */
function open() {
  const lines: string[] = []
  const closing = new AbortController()
  const logger = createLogger({ level: 'info', destination: { write: (line: string) => void lines.push(line) } })
  const missed = createMissedWebhooks(logger, closing.signal)
  return { missed, closing, read: () => lines.map((line) => JSON.parse(line)) }
}

test('one for which there is no room is lost aloud, with what it takes to send it again', () => {
  const { missed, read } = open()
  for (let n = 1; n <= 500; n++) missed.hold(makeWebhook(`d-${n}`), async () => {})
  expect(read()).toEqual([])
  missed.hold(makeWebhook('d-501'), async () => {})
  expect(read()).toMatchObject([
    {
      level: 50,
      provider: 'generic',
      app: 'shop',
      deliveryId: 'd-501',
      correlationId: 'c-1',
      msg: expect.stringContaining('too many'),
    },
  ])
})

test('so is one that does not fit beside the bytes that are held', () => {
  const { missed, read } = open()
  const half = 'x'.repeat(17 * 1_048_576)
  missed.hold(makeWebhook('first', half), async () => {})
  missed.hold(makeWebhook('second', half), async () => {})
  expect(read()).toMatchObject([{ deliveryId: 'second' }])
})

test('what is held is taken before whatever comes now, in its order', async () => {
  const { missed } = open()
  const taken: string[] = []
  let back = false
  for (const id of ['a', 'b'])
    missed.hold(makeWebhook(id), async () => {
      if (!back) throw away
      taken.push(id)
    })
  await missed.takeHeld()
  expect(taken).toEqual([])
  back = true
  await Promise.all([missed.takeHeld(), missed.takeHeld()])
  expect(taken).toEqual(['a', 'b'])
})

test('each that is still held when the server stops is named', async () => {
  const { missed, closing, read } = open()
  for (const id of ['a', 'b']) missed.hold(makeWebhook(id), () => Promise.reject(away))
  await vi.advanceTimersByTimeAsync(10_000)
  expect(read()).toEqual([])
  closing.abort()
  expect(read()).toMatchObject([{ deliveryId: 'a' }, { deliveryId: 'b' }])
  expect(read().every(({ msg }) => /did not come back/.test(msg))).toBe(true)
})

test('one that is refused once the ledger is back is told of, and holds up none after it', async () => {
  const { missed, read } = open()
  const taken: string[] = []
  missed.hold(makeWebhook('refused'), () => Promise.reject(new Error('no such app')))
  missed.hold(makeWebhook('good'), async () => void taken.push('good'))
  await vi.advanceTimersByTimeAsync(2_000)
  expect(taken).toEqual(['good'])
  expect(read()).toMatchObject([{ level: 40, deliveryId: 'refused', err: { message: 'no such app' } }])
})
