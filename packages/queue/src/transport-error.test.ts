import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { mergeRepeats } from './transport-error.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('passes on an error once while it repeats, and again after a while', () => {
  const passed: string[] = []
  const onError = mergeRepeats((error) => passed.push(error.message), 10_000)
  for (const text of ['refused', 'refused', 'loading', 'refused', 'refused']) onError(new Error(text))
  expect(passed).toEqual(['refused', 'loading', 'refused'])
  vi.advanceTimersByTime(10_000)
  onError(new Error('refused'))
  expect(passed).toHaveLength(4)
})
