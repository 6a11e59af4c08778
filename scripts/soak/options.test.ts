import { expect, test } from 'vitest'
import { parseOptions } from './options.ts'

test('ten minutes with two APIs and three workers, by a seed of its own', () => {
  expect(parseOptions([])).toEqual({
    minutes: 10,
    apis: 2,
    workers: 3,
    seed: expect.any(Number),
    transport: 'redis',
  })
  expect(parseOptions(['--minutes', '0.5', '--seed', '7', '--transport', 'postgres'])).toMatchObject({
    minutes: 0.5,
    seed: 7,
    transport: 'postgres',
  })
})

test.each([
  [['--minutes', '0'], /--minutes is a number from 0.5/],
  [['--minutes', 'ten'], /--minutes is a number/],
  [['--workers', '2.5'], /--workers is a whole number/],
  [['--seed=-1'], /--seed/],
  [['--transport', 'kafka'], /redis or postgres/],
  [['--hours', '1'], /--hours/],
])('%s is refused', (given, message) => {
  expect(() => parseOptions(given)).toThrow(message)
})
