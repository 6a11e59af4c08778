import { expect, test } from 'vitest'
import { listChoices, writeValue } from './pair.ts'

const choices = [5, 4].map((number) => ({ number, words: `v${number}` }))

test('what an address names can be chosen too, once and last', () => {
  expect(listChoices(choices, null)).toEqual(choices)
  expect(listChoices(choices, { from: 4, to: 5 })).toEqual(choices)
  expect(listChoices(choices, { from: 1, to: 5 }).map(({ number }) => number)).toEqual([5, 4, 1])
  expect(listChoices(choices, { from: 1, to: 1 }).map(({ number }) => number)).toEqual([5, 4, 1])
})

test('a text is written as it is, anything else as JSON; what is not set is told from what is empty', () => {
  expect(writeValue('<img src=x onerror=alert(1)>')).toBe('<img src=x onerror=alert(1)>')
  expect(writeValue([{ on: 'push' }])).toBe('[{"on":"push"}]')
  expect([writeValue(0), writeValue(false), writeValue('')]).toEqual(['0', 'false', ''])
  expect([writeValue(null), writeValue(undefined)]).toEqual([undefined, undefined])
})
