import { describe, expect, test } from 'vitest'
import { listFaults } from '../errors/faults.ts'
import { findCronFault } from '../values/cron.ts'
import { environmentSpec } from './environment.ts'

const backup = { at: '0 2 * * *', command: ['./backup'] }

/** The faults of schedules that are refused, as `path: message`. */
function faultsOf(schedules: unknown): string[] {
  const parsed = environmentSpec.safeParse({ engine: 'docker', schedules })
  return parsed.success ? [] : listFaults(parsed.error).map(({ path, message }) => `${path.join('.')}: ${message}`)
}

test('what is not said has a default, on either engine', () => {
  const expected = { backup: { ...backup, timezone: 'UTC', timeout: '1h', overlap: 'skip' } }
  for (const engine of [{ engine: 'docker' }, { engine: 'kubernetes', namespace: 'shop' }])
    expect(environmentSpec.parse({ ...engine, schedules: { backup } }).schedules).toEqual(expected)
  expect(environmentSpec.parse({ engine: 'docker' }).schedules).toBeUndefined()
})

test.each([
  ...['* * * * *', '*/15 * * * *', '0 2 * * *', '0,30 8-18/2 * * mon-fri', '59 23 31 12 7', '0 0 1-7 * SUN,wed'],
  ...['0 0 29 2 *', '0 0 31 2 1', '0 0 30,28 feb *', '0 0 31 */5 *', '@hourly', '@daily', '@weekly', '@monthly'],
])('%s is taken', (at) => {
  expect(findCronFault(at)).toBeUndefined()
})

test.each([
  ['', 'takes five fields'],
  ['* * * *', 'takes five fields'],
  ['* * * * * *', 'takes five fields'],
  [' 0 2 * * *', 'takes five fields'],
  ['0  2 * * *', 'takes five fields'],
  ['0 2 * *\t*', 'takes five fields'],
  ['0 2 * * *\n', 'day of the week: "*\\n"'],
  ['@yearly', 'takes @hourly, @daily, @weekly, @monthly, or five fields'],
  ['60 * * * *', 'minute: "60" is not within 0 to 59'],
  ['0 24 * * *', 'hour: "24" is not within 0 to 23'],
  ['0 0 0 * *', 'day of the month: "0" is not within 1 to 31'],
  ['0 0 1 13 *', 'month: "13" is not within 1 to 12'],
  ['0 0 * * 8', 'day of the week: "8" is not within 0 to 7'],
  ['0 0 * * funday', 'day of the week: "funday"'],
  ['0 22-2 * * *', 'hour: "22-2" ends before it begins'],
  ['*/0 * * * *', 'minute: "*/0" has a step'],
  ['*/60 * * * *', 'minute: "*/60" has a step'],
  ['5/10 * * * *', 'minute: "5/10" steps from a number'],
  ['1-2-3 * * * *', 'minute: "1-2-3" is no number'],
  ['*/2/2 * * * *', 'minute: "*/2/2" is no number'],
  ['*-5 * * * *', 'minute: "*-5"'],
  ['1, * * * *', 'minute: ""'],
  ['-1 * * * *', 'minute: "-1"'],
  ['0x1 * * * *', 'minute: "0x1"'],
  ['0 0 L * *', 'day of the month: "L"'],
  ['0 0 ? * 5', 'day of the month: "?"'],
  ['0 0 * * 5#2', 'day of the week: "5#2"'],
  ['H 0 * * *', 'minute: "H"'],
  ['0 0 30 2 *', 'no such month has a day 30'],
  ['0 0 31 4,jun,9-9 *', 'no such month has a day 31'],
])('%j is refused: %s', (at, message) => {
  expect(findCronFault(at)).toContain(message)
  const [fault] = faultsOf({ backup: { ...backup, at } })
  expect(fault).toContain(`schedules.backup.at: ${message}`)
})

describe('row 106: refused with its path', () => {
  test.each([
    [{ timezone: 'Europe/Berln' }, 'timezone: is no time zone of the IANA list, such as Europe/Berlin, did you mean'],
    [{ timezone: '+02:00' }, 'timezone: is no time zone'],
    [{ timezone: '' }, 'timezone: is no time zone'],
    [{ timezone: '../UTC' }, 'timezone: is no time zone'],
    [{ timezone: 'x'.repeat(65) }, 'timezone: '],
    [{ timezone: 2 }, 'timezone: '],
    [{ at: 5 }, 'at: '],
    [{ at: '1,'.repeat(150) }, 'at: '],
    [{ command: './backup' }, 'command: '],
    [{ command: [] }, 'command: '],
    [{ command: undefined }, 'command: '],
    [{ timeout: '25h' }, 'timeout: must lie between 1s and 24h'],
    [{ overlap: 'queue' }, 'overlap: '],
    [{ when: 'noon' }, 'when: is not a known key'],
  ])('%j', (change, message) => {
    const faults = faultsOf({ backup: { ...backup, ...change } })
    expect(faults).toEqual([expect.stringContaining(`schedules.backup.${message}`)])
  })

  test('names that are none, and more than twenty', () => {
    for (const name of ['Backup', 'a.b', '', 'x'.repeat(41)]) expect(faultsOf({ [name]: backup })).not.toEqual([])
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, one) => [`s${one}`, backup]))
    expect(faultsOf(many(20))).toEqual([])
    expect(faultsOf(many(21))).toEqual(['schedules: at most 20'])
  })
})
