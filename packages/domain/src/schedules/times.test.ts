import { schedule } from '@stevedore/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findNextTime, listTimes } from './times.ts'

const timing = (at: string, timezone = 'Europe/Berlin') => ({ at, timezone })
const after = (from: string) => new Date(from)

/** The next times after one, in UTC. */
function list(at: string, from: string, count: number, timezone?: string): string[] {
  const times = listTimes(timing(at, timezone), after(from), new Date('2100-01-01'), count)
  return [...times].map((time) => time.toISOString().replace(':00.000Z', 'Z'))
}

describe('in spring, when 02:00 becomes 03:00', () => {
  test('a time that is left out comes as soon as the clocks go on, once', () => {
    const days = ['2026-03-28T01:30Z', '2026-03-29T01:00Z', '2026-03-30T00:30Z']
    expect(list('30 2 * * *', '2026-03-27T12:00Z', 3)).toEqual(days)
  })
  test('every hour is every hour that passes', () => {
    const hours = ['2026-03-29T00:00Z', '2026-03-29T01:00Z', '2026-03-29T02:00Z']
    expect(list('0 * * * *', '2026-03-28T23:30Z', 3)).toEqual(hours)
  })
  test('a midnight that is left out is no day that is', () => {
    const days = ['2018-11-03T03:00Z', '2018-11-04T03:00Z', '2018-11-05T02:00Z']
    expect(list('@daily', '2018-11-02T12:00Z', 3, 'America/Sao_Paulo')).toEqual(days)
  })
})

describe('in autumn, when 03:00 becomes 02:00', () => {
  test('a time that comes twice counts once, also for who begins to look in between', () => {
    const days = ['2026-10-25T00:30Z', '2026-10-26T01:30Z']
    expect(list('30 2 * * *', '2026-10-24T12:00Z', 2)).toEqual(days)
    expect(list('30 2 * * *', '2026-10-25T00:45Z', 1)).toEqual(days.slice(1))
    expect(list('30 2 * * *', '2026-10-25T01:10Z', 1)).toEqual(days.slice(1))
  })
  test('every hour is every hour that passes', () => {
    const hours = ['2026-10-25T00:00Z', '2026-10-25T01:00Z', '2026-10-25T02:00Z']
    expect(list('0 * * * *', '2026-10-24T23:30Z', 3)).toEqual(hours)
  })
})

test('the words, ranges of days with Sunday as 7, and day of the month or of the week', () => {
  expect(list('@hourly', '2026-01-01T00:00Z', 1, 'UTC')).toEqual(['2026-01-01T01:00Z'])
  expect(list('@weekly', '2026-01-01T00:00Z', 1, 'UTC')).toEqual(['2026-01-04T00:00Z'])
  expect(list('@monthly', '2026-01-01T00:00Z', 1, 'UTC')).toEqual(['2026-02-01T00:00Z'])
  expect(list('0 0 * * 6-7', '2026-01-01T00:00Z', 2, 'UTC')).toEqual(['2026-01-03T00:00Z', '2026-01-04T00:00Z'])
  expect(list('0 0 2 * mon', '2026-01-01T00:00Z', 2, 'UTC')).toEqual(['2026-01-02T00:00Z', '2026-01-05T00:00Z'])
  expect(list('0 0 29 2 *', '2026-01-01T00:00Z', 2, 'UTC')).toEqual(['2028-02-29T00:00Z', '2032-02-29T00:00Z'])
})

test('where none comes, none is found', () => {
  expect(findNextTime(timing('0 0 31 2 *'), after('2026-01-01T00:00Z'))).toBeNull()
  expect(list('0 0 31 2 *', '2026-01-01T00:00Z', 3)).toEqual([])
})

const minuteMs = 60_000
const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Auckland']
const formats = new Map(
  zones.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
  ]),
)
/** `02:30`, as the clocks of the zone show it. */
const showClock = (time: Date, zone: string) => formats.get(zone)?.format(time) ?? ''
const twoDigits = (value: number) => String(value).padStart(2, '0')

/** Every day of two years with a change of the clocks, whichever half of the world it is in. */
const anyMoment = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 11, 31) }).map((ms) => new Date(ms))
const anyZone = fc.constantFrom(...zones)

test('a time of each day comes each day once, later than before, and is what the clocks show unless they leave it out', () => {
  fc.assert(
    fc.property(anyMoment, anyZone, fc.nat(23), fc.nat(59), (from, zone, hour, minute) => {
      const times = [...listTimes(timing(`${minute} ${hour} * * *`, zone), from, new Date('2100-01-01'), 8)]
      const wanted = `${twoDigits(hour)}:${twoDigits(minute)}`
      const strays = times.filter((time) => showClock(time, zone) !== wanted)
      expect(strays.length).toBeLessThanOrEqual(1)
      // Where it is not shown, the minute before the time is before the gap in which it lies.
      for (const stray of strays) expect(showClock(new Date(stray.getTime() - minuteMs), zone) < wanted).toBe(true)
      let before = from
      for (const time of times) {
        expect(time > before).toBe(true)
        expect(time.getTime() - before.getTime()).toBeLessThanOrEqual(25 * 60 * minuteMs)
        before = time
      }
    }),
    { numRuns: 300 },
  )
})

test('what is due every few minutes is due at each of them, whatever the clocks do', () => {
  fc.assert(
    fc.property(anyMoment, anyZone, fc.constantFrom(5, 10, 15, 30), (from, zone, step) => {
      const until = new Date(from.getTime() + 6 * 60 * minuteMs)
      const found = [...listTimes(timing(`*/${step} * * * *`, zone), from, until, 1_000)].map(Number)
      const first = (Math.floor(from.getTime() / minuteMs) + 1) * minuteMs
      const all = Array.from({ length: 361 }, (_, index) => first + index * minuteMs)
      const isShown = (ms: number) =>
        ms <= until.getTime() && Number(showClock(new Date(ms), zone).slice(3)) % step === 0
      expect(found).toEqual(all.filter(isShown))
    }),
    { numRuns: 200 },
  )
})

/** Parts of a field of numbers between two. */
function anyField(from: number, to: number): fc.Arbitrary<string> {
  const number = fc.integer({ min: from, max: to })
  const range = fc.tuple(number, number).map((both) => both.toSorted((a, b) => a - b).join('-'))
  const step = fc
    .tuple(fc.oneof(range, fc.constant('*')), fc.integer({ min: 1, max: to }))
    .map((both) => both.join('/'))
  return fc
    .array(fc.oneof(number.map(String), range, step, fc.constant('*')), { minLength: 1, maxLength: 3 })
    .map(String)
}

test('what a spec may say can be read, and a time of it comes', () => {
  const fields = fc.tuple(anyField(0, 59), anyField(0, 23), anyField(1, 31), anyField(1, 12), anyField(0, 7))
  fc.assert(
    fc.property(fields, anyMoment, (written, from) => {
      const at = written.join(' ')
      fc.pre(schedule.safeParse({ at, command: ['x'] }).success)
      const next = findNextTime(timing(at, 'UTC'), from)
      // A step of all days of the week is said, and is every day: read as the day of the month alone.
      if (!written[4].includes('*')) expect(next).not.toBeNull()
    }),
    { numRuns: 300 },
  )
})
