import type { ProblemCode, ProblemError } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { readJson } from './json-body.ts'

function refusal(bytes: Buffer | string): ProblemCode | undefined {
  try {
    readJson(Buffer.from(bytes as string))
    return undefined
  } catch (error) {
    return (error as ProblemError).code
  }
}

test('reads a value, and nothing of an empty body', () => {
  expect(readJson(Buffer.from('{"a":["b\\"{[",1]}'))).toEqual({ a: ['b"{[', 1] })
  expect(readJson(Buffer.alloc(0))).toBeUndefined()
})

test.each<[string, Buffer | string, ProblemCode]>([
  ['truncated', '{"a":', 'malformed-json'],
  ['trailing garbage', '{} x', 'malformed-json'],
  ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'malformed-json'],
  ['nesting', '['.repeat(10_000) + ']'.repeat(10_000), 'malformed-json'],
  ['very many members', `[${'0,'.repeat(60_000)}0]`, 'malformed-json'],
  ['overlong UTF-8', Buffer.from([0x22, 0xf0, 0x82, 0x82, 0xac, 0x22]), 'validation-failed'],
  ['__proto__', '{"a":{"__proto__":{"admin":true}}}', 'validation-failed'],
  ['constructor.prototype', '{"constructor":{"prototype":{"admin":true}}}', 'validation-failed'],
  ['NUL', '{"a":"b\\u0000"}', 'validation-failed'],
  ['a lone surrogate', '{"a":"\\ud800"}', 'validation-failed'],
  ['bidirectional override', '{"a":"\\u202e"}', 'validation-failed'],
  ['zero width in a key', '{"a\\u200b":1}', 'validation-failed'],
])('refuses %s', (_name, body, code) => {
  expect(refusal(body)).toBe(code)
  expect(({} as { admin?: boolean }).admin).toBeUndefined()
})

test('brackets and commas inside strings do not count', () => {
  expect(refusal(JSON.stringify('[{,'.repeat(30_000)))).toBeUndefined()
})

test('a refusal quotes nothing of the body', () => {
  expect(() => readJson(Buffer.from('{"password": hunter2}'))).toThrow(/^(?!.*hunter2)/)
})
