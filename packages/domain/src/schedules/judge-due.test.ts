import { expect, test } from 'vitest'
import { findOverlap, judgeDue } from './judge-due.ts'

const judge = (at: string, dueAt: string, now: string) =>
  judgeDue({ at, timezone: 'UTC' }, { dueAt: new Date(dueAt), now: new Date(now) })
const time = (text: string) => new Date(text)

test('a time that has just come is the one, and nothing was missed', () => {
  expect(judge('0 2 * * *', '2026-05-01T02:00Z', '2026-05-01T02:00:00.700Z')).toEqual({
    ...{ time: time('2026-05-01T02:00Z'), missed: null, next: time('2026-05-02T02:00Z') },
  })
})

test('after an outage the last is made up for, those before it are missed, and no flood comes', () => {
  expect(judge('*/10 * * * *', '2026-05-01T02:00Z', '2026-05-01T04:05Z')).toEqual({
    time: time('2026-05-01T04:00Z'),
    missed: { count: 12, from: time('2026-05-01T02:00Z') },
    next: time('2026-05-01T04:10Z'),
  })
})

test('up to an hour, and no longer', () => {
  const at = '0 2 * * *'
  const missed = { count: 1, from: time('2026-05-01T02:00Z') }
  expect(judge(at, '2026-05-01T02:00Z', '2026-05-01T03:00Z')).toMatchObject({ time: missed.from, missed: null })
  expect(judge(at, '2026-05-01T02:00Z', '2026-05-01T03:00:00.001Z')).toMatchObject({ time: null, missed })
  expect(judge(at, '2026-05-01T02:00Z', '2026-05-03T02:30Z')).toEqual({
    ...{ time: time('2026-05-03T02:00Z'), missed: { ...missed, count: 2 }, next: time('2026-05-04T02:00Z') },
  })
  expect(judge(at, '2026-05-01T02:00Z', '2026-05-03T12:00Z')).toMatchObject({
    ...{ time: null, missed: { ...missed, count: 3 }, next: time('2026-05-04T02:00Z') },
  })
})

test('a year without a look is counted up to a thousand', () => {
  expect(judge('* * * * *', '2026-05-01T02:00Z', '2027-05-01T02:00:30Z')).toEqual({
    time: time('2027-05-01T02:00Z'),
    missed: { count: 1_000, from: time('2026-05-01T02:00Z') },
    next: time('2027-05-01T02:01Z'),
  })
})

test('an earlier job that is not over holds the next back, and where they may overlap one that has not begun', () => {
  const running = { id: 'a', begun: true }
  const waiting = { id: 'b', begun: false }
  expect(findOverlap({ overlap: 'skip' }, [])).toBeUndefined()
  expect(findOverlap({ overlap: 'skip' }, [running])).toBe('job a of before is not over')
  expect(findOverlap({ overlap: 'allow' }, [running, { ...running, id: 'c' }])).toBeUndefined()
  for (const overlap of ['skip', 'allow'] as const)
    expect(findOverlap({ overlap }, [running, waiting])).toBe('job b of before has not begun')
})
