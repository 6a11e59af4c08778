import { environmentSpec } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { allowForStops, countStops } from './stop-allowance.ts'

const docker = (settings: object = {}) => environmentSpec.parse({ engine: 'docker', ...settings })
const hour = docker({ stopTimeout: '1h' })

test('a deadline allows for the longest of those that may have to end', () => {
  expect(allowForStops([docker()])).toBe(0)
  expect(allowForStops([docker(), hour])).toBe(3_590_000)
  expect(allowForStops([docker({ drain: '70s' })], 3)).toBe(180_000)
  expect(allowForStops([docker({ stopTimeout: '20s', hosts: ['a', 'b'] })])).toBe(20_000)
  const worker = { command: ['work'], stopTimeout: '10m' }
  expect(allowForStops([docker({ processes: { worker } })])).toBe(590_000)
  expect(allowForStops([docker({ stopTimeout: '2s' })])).toBe(0)
  expect(allowForStops([environmentSpec.parse({ engine: 'kubernetes', namespace: 'a', stopTimeout: '1h' })])).toBe(0)
})

test('the actions that wait for an end are counted', () => {
  expect(
    countStops([
      ...[{ do: 'prepare' } as const, { do: 'route', weights: {} } as const],
      { do: 'scale-down', revision: 1, count: 0 },
      { do: 'roll-processes', revision: 2 },
    ]),
  ).toBe(2)
})
