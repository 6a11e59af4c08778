import { expect, test } from 'vitest'
import type { Database } from './ledger.ts'
import { prepareOnce } from './prepare-once.ts'

test('a statement is built once for each connection, and is that connection’s own', () => {
  const [one, other] = [{} as Database, {} as Database]
  const built: Database[] = []
  const prepare = prepareOnce((db) => {
    built.push(db)
    return { db }
  })
  expect(prepare(one)).toBe(prepare(one))
  expect(prepare(other).db).toBe(other)
  expect(built).toEqual([one, other])
  expect(built[1]).toBe(other)
})
