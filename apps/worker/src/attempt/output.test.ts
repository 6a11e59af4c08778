import { Writable } from 'node:stream'
import { openLedger } from '@stevedore/ledger'
import { createLogger, createMetrics } from '@stevedore/telemetry'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { type Output, openOutput } from './output.ts'

/** Nothing listens there: a ledger that is away. */
const ledger = openLedger({ url: 'postgres://127.0.0.1:1/none' })
afterAll(() => ledger.close())

let output: Output
let open: (options?: { holdMs?: number }) => Output
let logged: string
let metrics = createMetrics()

beforeEach(() => {
  logged = ''
  metrics = createMetrics()
  const destination = new Writable({
    write(chunk, _encoding, done) {
      logged += chunk
      done()
    },
  })
  const logger = createLogger({ level: 'debug', destination })
  open = (options = {}) => {
    const message = { jobId: '01890a5d-ac96-774b-bcce-b302099a8057', attempt: 1 }
    return openOutput({ ledger, message, logger, metrics, ...options })
  }
  output = open()
})

const countDropped = async () =>
  Number(/^output_dropped_total\{reason="ledger-away"\} (\d+)$/m.exec(await metrics.render())?.[1] ?? 0)

test('what is held is bounded in bytes, not in characters', async () => {
  // A kilobyte of three-byte characters a line: some 2,000 of them are 2 MiB, of which by UTF-16 units three times as many would be kept.
  for (let line = 0; line < 4_000; line++) output.log('…'.repeat(341))
  const dropped = await countDropped()
  expect(dropped).toBeGreaterThan(1_900)
  expect(dropped).toBeLessThan(2_100)
  await output.close()
})

test('events that are not kept are counted, and the log of the worker says what the attempt ended without', async () => {
  for (let percent = 0; percent < 2_050; percent++) output.event('step.succeeded', { name: `step ${percent}` })
  expect(await countDropped()).toBe(50)
  await output.close()
  expect(await countDropped()).toBe(2_051)
  expect(logged).toContain('the attempt ended before its last output could be written')
})

test('a stream is held while much waits for the ledger, until it is told to end', async () => {
  const ends = new AbortController()
  await output.awaitRoom(ends.signal)
  for (let line = 0; line < 1_500; line++) output.log('x'.repeat(1_000))
  let isHeld = true
  const held = output.awaitRoom(ends.signal).then(() => (isHeld = false))
  await output.flush()
  expect(isHeld).toBe(true)
  ends.abort()
  await held
  await output.close()
})

test('a ledger that takes nothing for too long is not waited for: lines are dropped and counted, the stream goes on', async () => {
  const impatient = open({ holdMs: 0 })
  for (let line = 0; line < 3_000; line++) impatient.log('x'.repeat(1_000))
  await impatient.flush()
  await impatient.awaitRoom(new AbortController().signal)
  expect(await countDropped()).toBeGreaterThan(800)
  await impatient.close(new AbortController().signal)
  expect(await countDropped()).toBe(3_001)
})
