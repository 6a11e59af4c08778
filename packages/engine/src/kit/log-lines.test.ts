import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { createProbeFilter, orderArrivals, splitStamp } from './log-lines.ts'

test('a line begins with its time', () => {
  expect(splitStamp('2024-05-01T10:00:00.1Z a line')).toEqual({ at: '2024-05-01T10:00:00.1Z', text: 'a line' })
  expect(splitStamp('2024-05-01T10:00:00.1Z ')).toEqual({ at: '2024-05-01T10:00:00.1Z', text: '' })
  expect(splitStamp('2024-05-01T10:00:00.1Z')).toEqual({ at: '2024-05-01T10:00:00.1Z', text: '' })
})

test('what arrives side by side comes in the order of its time, and all of it', async () => {
  const arrivals = async function* () {
    for (const at of ['3', '1', '2', '5', '4']) yield { at }
  }
  expect((await Readable.from(orderArrivals(arrivals())).toArray()).map(({ at }) => at)).toEqual([
    '1',
    '2',
    '3',
    '4',
    '5',
  ])
})

test('a line is not held back until the next', async () => {
  const arrivals = async function* () {
    yield { at: '2' }
    yield { at: '1' }
    await new Promise(() => {})
  }
  const seen: string[] = []
  for await (const { at } of orderArrivals(arrivals())) if (seen.push(at) === 2) break
  expect(seen).toEqual(['1', '2'])
})

test('a reader hears of the failure of what it reads', async () => {
  // biome-ignore lint/correctness/useYield: it fails before its first
  const arrivals = async function* (): AsyncGenerator<{ at: string }> {
    throw new Error('cut off')
  }
  await expect(Readable.from(orderArrivals(arrivals())).toArray()).rejects.toThrow('cut off')
})

test.each([
  ['172.18.0.1 - - [01/May/2024:10:00:00 +0000] "GET /health HTTP/1.1" 200 2 "-" "-"', true],
  ['INFO:     172.18.0.1:52110 - "GET /health HTTP/1.1" 503 Service Unavailable', true],
  ['\x1b[0mGET /health \x1b[32m200\x1b[0m 1.2 ms - 2\x1b[0m', true],
  ['r1-1 | HEAD /health: 200', true],
  ['{"path":"/","agent":"stevedore-health"}', true],
  ['10.0.0.1 "GET /other HTTP/1.1" 200 "kube-probe/1.20"', true],
  ['"GET /healthy HTTP/1.1" 200', false],
  ['"GET /health/db HTTP/1.1" 200', false],
  ['GET /health failed: the database is away', false],
  ['"POST /health HTTP/1.1" 200', false],
])('of an access log %j is a health check: %s', (line, is) => expect(createProbeFilter('/health')(line)).toBe(is))

test('a path is no pattern, and without one the probe’s name alone tells', () => {
  expect(createProbeFilter('/a.b')('GET /axb 200')).toBe(false)
  expect(createProbeFilter('/a.b?full=1')('GET /a.b?full=1 200')).toBe(true)
  expect(createProbeFilter(undefined)('GET /health 200')).toBe(false)
  expect(createProbeFilter(undefined)('GET / 200 stevedore-health')).toBe(true)
})
