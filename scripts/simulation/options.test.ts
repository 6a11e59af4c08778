import { expect, test } from 'vitest'
import { parseOptions } from './options.ts'

test('a thousand seeds from the first on; one that is named stands alone', () => {
  expect(parseOptions([])).toEqual({ seed: 1, seeds: 1_000, faults: undefined, lanes: expect.any(Number) })
  expect(parseOptions(['--seed', '42'])).toMatchObject({ seed: 42, seeds: 1 })
  expect(parseOptions(['--seed', '42', '--faults', '0'])).toMatchObject({ seed: 42, seeds: 1, faults: 0 })
  expect(parseOptions(['--seed', '42', '--seeds', '10000', '--lanes', '4'])).toMatchObject({
    ...{ seed: 42, seeds: 10_000, lanes: 4 },
  })
})

test.each([
  [['--seeds', '0'], /--seeds is a whole number from 1/],
  [['--seed', 'x'], /--seed is a whole number/],
  [['--seed=-1'], /--seed/],
  [['--faults', '1.5'], /--faults is a whole number/],
  [['--lanes', '65'], /--lanes is a whole number from 1 to 64/],
  [['--minutes', '5'], /--minutes/],
])('%s is refused', (given, message) => {
  expect(() => parseOptions(given)).toThrow(message)
})
