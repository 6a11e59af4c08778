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
  ['a million keys', `{${Array.from({ length: 100_000 }, (_, key) => `"${key}":0`).join()}}`, 'malformed-json'],
  ['a key twice', '{"role":"viewer","role":"admin"}', 'malformed-json'],
  ['a key twice, of which one is escaped', '{"\\u0061":1,"a":2}', 'malformed-json'],
  ['a key twice, escaped in two ways', '{"\\u00e9/":1,"é\\/":2}', 'malformed-json'],
  ['a key twice with others between', '{"a":{"b":"a"},"c":["a",{"a":1}],"a":2}', 'malformed-json'],
  ['a key twice further in', '[{"a":[{"b":1, "c" : 2 ,\n"b"\t:3}]}]', 'malformed-json'],
  ['a key twice after a list', '{"a":[1,2],"a":1}', 'malformed-json'],
  ['an empty key twice', '{"":1,"":2}', 'malformed-json'],
  ['__proto__ twice', '{"__proto__":1,"__proto__":2}', 'malformed-json'],
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

test.each([
  '{"a":"a","b":"a"}',
  '{"a":{"a":{"a":1}}}',
  '[{"a":1},{"a":2}]',
  '{"a":["a","a"],"b":{"a":1}}',
  '{"a":1,"A":2,"\\u0041 ":3}',
  '{"a\\"":1,"a":2,"a\\\\":3}',
  '{"\u{1f600}":1,"\u{1f601}":2}',
])('the same text elsewhere is no key twice: %s', (text) => {
  expect(readJson(Buffer.from(text))).toEqual(JSON.parse(text))
})

test('a refusal quotes nothing of the body', () => {
  expect(() => readJson(Buffer.from('{"password": hunter2}'))).toThrow(/^(?!.*hunter2)/)
})

test('nor does that of a key that is given twice', () => {
  expect(() => readJson(Buffer.from('{"hunter2":1,"hunter2":2}'))).toThrow(/^(?!.*hunter2)/)
})
