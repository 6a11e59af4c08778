import { ProblemError } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { cursor, digits, parseQuery, splitQuery, writeCursor } from './query.ts'

const schema = z.strictObject({ state: z.string().optional(), limit: digits(1, 200).default(50) })

function paths(text: string): string[] | undefined {
  try {
    parseQuery(schema, splitQuery(text))
    return undefined
  } catch (error) {
    return (error as ProblemError).faults?.map((fault) => fault.path.join('.'))
  }
}

test('reads numbers from plain digits and fills in defaults', () => {
  expect(parseQuery(schema, splitQuery('limit=7&state=a%20b'))).toEqual({ limit: 7, state: 'a b' })
  expect(parseQuery(schema, splitQuery(''))).toEqual({ limit: 50 })
})

test.each([
  ['state=a&state=b', 'state'],
  ['state[$ne]=a', 'state[$ne]'],
  ['limit=0x10', 'limit'],
  ['limit=1e2', 'limit'],
  ['limit=201', 'limit'],
  ['other=1', 'other'],
  ['__proto__=1', '__proto__'],
])('refuses %s', (text, path) => {
  expect(paths(text)).toEqual([path])
})

test('a route without a query takes no parameter', () => {
  expect(() => parseQuery(undefined, splitQuery('a=1'))).toThrow(ProblemError)
})

test('a cursor comes back as the position that it was written from', () => {
  expect(cursor.parse(writeCursor(42))).toBe(42)
  expect(cursor.safeParse('42').success).toBe(false)
})
