import { describe, expect, test } from 'vitest'
import { withDeadline, withinMs } from './deadline.ts'
import { pollUntil, sleep } from './poll.ts'
import { retryCall } from './retry.ts'

const calm = new AbortController().signal
const stopped = new Error('cancelled')

describe('a deadline', () => {
  const never = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

  test('makes work that is late fail as such', async () => {
    await expect(withDeadline('the step', 5, calm, never)).rejects.toMatchObject({
      code: 'deadline-exceeded',
      diagnosis: 'the step took longer than 0 s',
    })
  })

  test('leaves a stop a stop', async () => {
    const stop = new AbortController()
    const work = withDeadline('the step', 60_000, stop.signal, never)
    stop.abort(stopped)
    await expect(work).rejects.toBe(stopped)
  })

  test('gives the result of work in time', async () => {
    expect(await withDeadline('the step', 60_000, calm, async () => 7)).toBe(7)
  })

  test('ends a call by the clock or by the signal', async () => {
    await expect(never(withinMs(5, calm))).rejects.toMatchObject({ name: 'TimeoutError' })
    await expect(sleep(60_000, withinMs(60_000, AbortSignal.abort(stopped)))).rejects.toBe(stopped)
  })
})

describe('a poll', () => {
  const options = { deadlineMs: 60_000, intervalMs: 1, signal: calm }

  test('ends with the first answer', async () => {
    const answers = [undefined, undefined, 'here']
    expect(await pollUntil(async () => answers.shift(), options)).toBe('here')
  })

  test('asks at least once, and gives up at its deadline', async () => {
    expect(await pollUntil(async () => 'here', { ...options, deadlineMs: 0 })).toBe('here')
    expect(await pollUntil(async () => undefined, { ...options, deadlineMs: 5 })).toBeUndefined()
  })

  test('waits its time to the end, however long its interval', async () => {
    let asked = 0
    const ask = async () => void asked++
    const start = performance.now()
    await pollUntil(ask, { ...options, intervalMs: 60_000, deadlineMs: 20 })
    expect(performance.now() - start).toBeGreaterThanOrEqual(20)
    expect(asked).toBeGreaterThan(1)
  })

  test('asks less often the longer it waits, where it may', async () => {
    let asked = 0
    const ask = async () => void asked++
    await pollUntil(ask, { ...options, deadlineMs: 300, longestMs: 20 })
    expect(asked).toBeLessThan(100)
  })

  test('ends by its signal, with the signal’s own reason', async () => {
    const stop = new AbortController()
    const ask = async () => stop.abort(stopped) as undefined
    await expect(pollUntil(ask, { deadlineMs: 60_000, intervalMs: 30_000, signal: stop.signal })).rejects.toBe(stopped)
  })
})

describe('patience', () => {
  const failTimes = (times: number, error = new Error('away')) => {
    let left = times
    return async () => {
      if (left-- > 0) throw error
      return 'back'
    }
  }

  test('repeats what may pass, and counts', async () => {
    const tries: number[] = []
    const pauseMs = (_error: unknown, count: number) => {
      tries.push(count)
      return 1
    }
    expect(await retryCall(failTimes(2), { signal: calm, pauseMs })).toBe('back')
    expect(tries).toEqual([1, 2])
  })

  test('is not had with what another try would not mend', async () => {
    const denied = new Error('denied')
    await expect(retryCall(failTimes(1, denied), { signal: calm, pauseMs: () => undefined })).rejects.toBe(denied)
  })

  test('ends with the last error, or by the signal', async () => {
    const away = new Error('away')
    const call = failTimes(Number.POSITIVE_INFINITY, away)
    await expect(retryCall(call, { signal: calm, pauseMs: () => 2, patienceMs: 5 })).rejects.toBe(away)
    await expect(retryCall(call, { signal: calm, pauseMs: () => 60_000, patienceMs: 5 })).rejects.toBe(away)
    await expect(retryCall(call, { signal: AbortSignal.abort(stopped), pauseMs: () => 1 })).rejects.toBe(stopped)
  })
})
