import { expect, test } from 'vitest'
import { canonicalJson, toStorableJson } from './json.ts'

test('two documents that mean the same have one text', () => {
  expect(canonicalJson({ b: [1, { d: 1, c: 2 }], a: undefined, 10: 'x', 9: 'y' })).toBe(
    canonicalJson({ 9: 'y', 10: 'x', b: [1, { c: 2, d: 1 }] }),
  )
  expect(canonicalJson({ b: 1, a: null })).toBe('{"a":null,"b":1}')
  expect(canonicalJson([2, 1])).not.toBe(canonicalJson([1, 2]))
})

test('what Postgres refuses is replaced, and nothing else', () => {
  const kept = { fine: 'ü😀\\u0000\n', n: 1.5, list: [true, null] }
  const replaced = { 'te\ufffdxt': 'a\ufffdb\ufffd\\' }
  expect(toStorableJson({ 'te\0xt': 'a\0b\ud800\\', ...kept })).toBe(JSON.stringify({ ...replaced, ...kept }))
})
