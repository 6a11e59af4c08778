import type { Schedule } from '@stevedore/contract'
import { Cron } from 'croner'

/** When a schedule is due. */
export type Timing = Pick<Schedule, 'at' | 'timezone'>

/**
 * The first time after a moment; null where none comes. A time that the clocks leave out in spring comes as soon as they go on; one that
 * they show twice in autumn comes once, unless the hour is left open (`*`): then it goes by what really passes.
 */
export function findNextTime({ at, timezone }: Timing, after: Date): Date | null {
  return new Cron(at, { timezone, mode: '5-part' }).nextRun(after)
}

/** The times after a moment, up to and with another; at most so many. */
export function* listTimes(timing: Timing, after: Date, until: Date, most: number): Generator<Date> {
  let time = findNextTime(timing, after)
  for (let count = 0; count < most && time !== null && time <= until; count++) {
    yield time
    time = findNextTime(timing, time)
  }
}
