import { expect, test } from 'vitest'
import { takeSure } from './event-feed.ts'

const at = (...positions: number[]) => positions.map((position) => ({ position }))

test.each([
  ['all that follow without a gap', at(5, 6, 7), 4, 4, at(5, 6, 7)],
  ['none behind a gap', at(6, 7), 4, 4, []],
  ['those before a gap', at(5, 6, 8), 4, 4, at(5, 6)],
  ['those behind a gap where nothing more comes', at(6, 9), 4, 9, at(6, 9)],
  ['what follows on them, up to the next gap', at(6, 9, 10, 12), 4, 9, at(6, 9, 10)],
  ['nothing of nothing', [], 4, 9, []],
])('%s', (_, found, known, sure, taken) => {
  expect(takeSure(found, known, sure)).toEqual(taken)
})
