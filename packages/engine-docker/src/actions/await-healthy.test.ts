import { environmentSpec } from '@stevedore/contract'
import { describe, expect, test, vi } from 'vitest'
import { isAsked, pollForHealth } from './await-healthy.ts'

test.each([
  [{}, false],
  [{ port: 8_000 }, true],
  [{ host: 'shop.test' }, true],
  [{ health: { path: '/' } }, true],
  [{ health: { command: ['ask'] } }, true],
  [{ ports: [{ containerPort: 9_000, port: 9_000 }] }, true],
])('with %j a replica is asked: %s', (settings, asked) => {
  expect(isAsked({ settings: environmentSpec.parse({ engine: 'docker', ...settings }) })).toBe(asked)
})

describe('an app that is waited for', () => {
  const refused = { healthy: false, refused: true }
  const answers = { healthy: false, refused: false }
  const healthy = { healthy: true, refused: false }
  const asked = (...told: (typeof healthy)[]) => vi.fn(async () => told.shift() ?? refused)
  const { signal } = new AbortController()
  const anHour = 3_600_000

  test('is asked again soon while nothing listens, and no interval is waited for', async () => {
    const ask = asked(refused, refused, refused, healthy)
    expect(await pollForHealth(ask, { deadlineMs: anHour, intervalMs: anHour, signal })).toBe(true)
    expect(ask).toHaveBeenCalledTimes(4)
  })

  test('is asked at the interval once it answers, also where it is refused again', async () => {
    const ask = asked(refused, answers)
    expect(await pollForHealth(ask, { deadlineMs: 1_000, intervalMs: anHour, signal })).toBe(false)
    // A timer may be early by a part of a millisecond, and what is left of the deadline is waited for once more.
    expect(ask.mock.calls.length).toBeLessThan(8)
  })

  test('that never listens is given up at the deadline', async () => {
    expect(await pollForHealth(async () => refused, { deadlineMs: 120, intervalMs: anHour, signal })).toBe(false)
  })

  test('that never gets well is asked once more at the deadline', async () => {
    const ask = asked(answers, answers)
    expect(await pollForHealth(ask, { deadlineMs: 20, intervalMs: anHour, signal })).toBe(false)
    expect(ask.mock.calls.length).toBeGreaterThanOrEqual(2)
  })
})
