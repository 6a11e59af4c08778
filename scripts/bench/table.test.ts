import { expect, test } from 'vitest'
import { chooseStatus, formatTable, type Goal, judge } from '../../test/bench/table.ts'

const compare = (ours: number[], goal: Goal, values = [100, 1, 200]) =>
  judge({ what: 'a', unit: 'ms', ours, reference: { name: 'a peer', values }, goal })

test('the medians of the turns are compared', () => {
  expect(compare([1, 50, 500], { atLeastRatio: 1 })).toMatchObject({ ours: 50, reference: 100, ratio: 0.5 })
})

test.each<[string, number, Goal, boolean]>([
  ['as many as the peer', 100, { atLeastRatio: 1 }, true],
  ['fewer than the peer', 99, { atLeastRatio: 1 }, false],
  ['half of the peer', 50, { atLeastRatio: 0.5 }, true],
  ['within the ratio', 105, { atMostRatio: 1.05 }, true],
  ['beyond the ratio', 106, { atMostRatio: 1.05 }, false],
  ['beyond the ratio and within what is added', 600, { atMostRatio: 1.05, plus: 500 }, true],
  ['beyond both', 606, { atMostRatio: 1.05, plus: 500 }, false],
  ['at a limit of its own', 5, { atMost: 5 }, true],
  ['beyond a limit of its own', 5.1, { atMost: 5 }, false],
])('%s: %d', (_what, ours, goal, met) => {
  expect(compare([ours], goal)).toMatchObject({ met })
})

test('what was not measured meets no goal, and what has none is neither met nor missed', () => {
  expect(compare([], { atMost: 5 })).toMatchObject({ met: false })
  expect(compare([1], { atLeastRatio: 1 }, [])).toMatchObject({ met: false })
  expect(judge({ what: 'a', unit: 'ms', ours: [1] })).toMatchObject({ ratio: undefined, met: undefined })
})

test('a missed goal ends a strict run with 1 and no other, a part that failed ends both', () => {
  const [met, missed, shown] = [
    compare([1], { atMost: 1 }),
    compare([2], { atMost: 1 }),
    judge({ what: 'a', unit: 'ms', ours: [1] }),
  ]
  expect(chooseStatus([met, shown], { failed: false, strict: true })).toBe(0)
  expect(chooseStatus([met, missed], { failed: false, strict: true })).toBe(1)
  expect(chooseStatus([met, missed], { failed: false, strict: false })).toBe(0)
  expect(chooseStatus([met], { failed: true, strict: false })).toBe(1)
})

test('the table says what, ours, the reference, the ratio, the goal and whether it is met', () => {
  const alone = judge({ what: 'b', unit: 'requests/s', ours: [12_345.6] })
  expect(formatTable([compare([150], { atMostRatio: 1.05, plus: 300 }), alone]).split('\n')).toEqual([
    '| what          | ours   | reference |        | ratio | goal          | met |',
    '|---------------|--------|-----------|--------|-------|---------------|-----|',
    '| a, ms         | 150    | 100       | a peer | 1.50× | ≤ 1.05× + 300 | yes |',
    '| b, requests/s | 12,346 |           |        |       |               |     |',
  ])
})
