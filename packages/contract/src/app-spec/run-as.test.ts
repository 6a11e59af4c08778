import { expect, test } from 'vitest'
import { environmentSpec } from './environment.ts'
import { chooseAccount, stopMs } from './run-as.ts'

test('a revision that was recorded with no word of its user runs as 1000', () => {
  expect(chooseAccount({ user: 1_000 })).toEqual({ user: 1_000, group: 1_000 })
  expect(chooseAccount({})).toEqual({ user: 1_000, group: 1_000 })
})

test.each([
  [{}, 10_000],
  [{ drain: '0s' }, 10_000],
  [{ drain: '45s' }, 45_000],
  [{ stopTimeout: '1h' }, 3_600_000],
  [{ stopTimeout: '2s', drain: '45s' }, 2_000],
])('%j gives an app %i ms to end', (settings, ms) => {
  expect(stopMs(environmentSpec.parse({ engine: 'docker', ...settings }))).toBe(ms)
})
