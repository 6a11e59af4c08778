import { ProblemError } from '@stevedore/contract'
import type { Ledger } from '@stevedore/ledger'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutPage, readCursor } from './page.ts'

/** Signed with a key of this process. */
const ledger = {} as Ledger
const filter = fc.record({
  app: fc.option(fc.constantFrom('shop', 'other'), { nil: undefined }),
  state: fc.constantFrom('queued', 'failed'),
})
const listOf = (name: string, filters: object, cursor?: string) => ({
  ledger,
  name,
  query: { limit: 1, cursor, ...filters },
})
const cursorOf = (name: string, filters: object, position: number) =>
  cutPage(listOf(name, filters), [position, position + 1], (at) => at).next ?? ''

test('a cursor that was given is where it was given for, at any limit', () => {
  fc.assert(
    fc.property(filter, fc.nat(999_999_999), fc.integer({ min: 1, max: 200 }), (filters, position, limit) => {
      const list = listOf('jobs', filters, cursorOf('jobs', filters, position))
      expect(readCursor({ ...list, query: { ...list.query, limit } })).toBe(position)
    }),
  )
})

test('it is none for another list, other filters or another place, and neither is any text', () => {
  const refused = (list: Parameters<typeof readCursor>[0]) => expect(() => readCursor(list)).toThrow(ProblemError)
  fc.assert(
    fc.property(
      filter,
      filter,
      fc.nat(999_999_999),
      fc.string({ unit: 'binary' }),
      (filters, others, position, text) => {
        const cursor = cursorOf('jobs', filters, position)
        refused(listOf('images', filters, cursor))
        if (JSON.stringify(filters) !== JSON.stringify(others)) refused(listOf('jobs', others, cursor))
        refused(listOf('jobs', filters, cursor.replace(/^c\d+/, `c${position + 1}`)))
        refused(listOf('jobs', filters, cursor.replace(/^c/, 'c0')))
        refused(listOf('jobs', filters, text))
        refused(listOf('jobs', filters, `${cursor}${text}x`))
      },
    ),
  )
})
