import { environmentSpec } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { isAsked } from './await-healthy.ts'

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
