import { expect, test } from 'vitest'
import type { Trouble } from './pod-trouble.ts'
import { createTroubleClock } from './trouble-clock.ts'

const trouble = (afterMs: number, pod = 'p'): Trouble => ({ code: 'never-healthy', summary: '', pod, afterMs })

test('a trouble is certain once it has lasted without a break', () => {
  let now = 0
  const clock = createTroubleClock(undefined, () => now)
  expect(clock([trouble(100)])).toBeUndefined()
  now = 60
  expect(clock([])).toBeUndefined()
  now = 110
  expect(clock([trouble(100)])).toBeUndefined()
  now = 210
  expect(clock([trouble(100)])).toEqual(trouble(100))
})

test('each pod has its own time, and what needs none is certain at once', () => {
  const clock = createTroubleClock(undefined, () => 0)
  expect(clock([trouble(100, 'a'), trouble(0, 'b')])).toEqual(trouble(0, 'b'))
})
