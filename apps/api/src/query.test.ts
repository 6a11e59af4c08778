import { operations, ProblemError } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { parseQuery, splitQuery } from './query.ts'

const schema = operations.listJobs.query!

function paths(text: string): string[] | undefined {
  try {
    parseQuery(schema, splitQuery(text))
    return undefined
  } catch (error) {
    return (error as ProblemError).faults?.map((fault) => fault.path.join('.'))
  }
}

test('reads numbers from plain digits and fills in defaults', () => {
  expect(parseQuery(schema, splitQuery('limit=7&app=a%62'))).toEqual({ limit: 7, app: 'ab' })
  expect(parseQuery(schema, splitQuery(''))).toEqual({ limit: 50 })
})

test.each([
  ['state=queued&state=failed', 'state'],
  ['state[$ne]=queued', 'state[$ne]'],
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
