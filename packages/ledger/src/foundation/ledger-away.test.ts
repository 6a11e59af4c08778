import { expect, test } from 'vitest'
import { isLedgerAway } from './ledger-away.ts'

const failWith = (code: string) => Object.assign(new Error('x'), { code })

test.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', '08006', '53100', '53300', '57P01', '57P03', '57014', '25006'])(
  '%s means away',
  (code) => {
    expect(isLedgerAway(failWith(code))).toBe(true)
    expect(isLedgerAway(new Error('outer', { cause: failWith(code) }))).toBe(true)
  },
)

test.each([
  'timeout exceeded when trying to connect',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'Query read timeout',
  'Client has encountered a connection error and is not queryable',
])('%s means away', (message) => {
  expect(isLedgerAway(new Error(message))).toBe(true)
})

test.each(['23505', '22P02', '42501', '42P01', '40P01'])('%s is another matter', (code) => {
  expect(isLedgerAway(failWith(code))).toBe(false)
})

test('so is anything else', () => {
  for (const value of [new Error('x'), new TypeError('y'), 'ECONNREFUSED', null, undefined])
    expect(isLedgerAway(value)).toBe(false)
})
