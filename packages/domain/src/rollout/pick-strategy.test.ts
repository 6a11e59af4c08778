import { environmentSpec } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { pickStrategy } from './pick-strategy.ts'

const settings = (more: object = {}) => environmentSpec.parse({ engine: 'docker', ...more })
const own = { data: { path: '/data' } }
const shared = { data: { path: '/data', shared: true } }

test('what serves and has its data alone is stopped first, whatever the next one bears', () => {
  const next = settings({ volumes: shared, strategy: 'blue-green' })
  expect(pickStrategy(next, settings({ volumes: own }))).toEqual({ type: 'recreate' })
  expect(pickStrategy(next, settings({ volumes: shared })).type).toBe('blue-green')
  expect(pickStrategy(next, undefined).type).toBe('blue-green')
})

test('what opens none of its volumes is in nobody’s way', () => {
  expect(pickStrategy(settings(), settings({ volumes: own })).type).toBe('rolling')
  const other = settings({ volumes: { other: { path: '/data', shared: true } } })
  expect(pickStrategy(other, settings({ volumes: own })).type).toBe('rolling')
})
