import { z } from 'zod'
import { findCronFault } from '../values/cron.ts'
import { appName } from '../values/names.ts'
import { findTimezoneFault } from '../values/timezone.ts'
import { command, commandTimeout, usualCommandTimeout } from './command.ts'

/** A text in which a rule finds no fault. */
function text(longest: number, findFault: (value: string) => string | undefined) {
  return z
    .string()
    .max(longest)
    .check(({ value, issues }) => {
      const message = value.length <= longest ? findFault(value) : undefined
      if (message !== undefined) issues.push({ code: 'custom', input: value, message })
    })
}

export const schedule = z.strictObject({
  /** `0 2 * * *`: when a command is run. */
  at: text(200, findCronFault),
  /** Whose clocks that is. */
  timezone: text(64, findTimezoneFault).default('UTC'),
  command,
  timeout: commandTimeout.default(usualCommandTimeout),
  /** `skip`: a time at which an earlier job is not over is left out; `allow`: the next runs beside it. */
  overlap: z.enum(['skip', 'allow']).default('skip'),
})

/** By name. */
export const schedules = z
  .record(appName, schedule)
  .refine((value) => Object.keys(value).length <= 20, { error: 'at most 20' })

export type Schedule = z.output<typeof schedule>

/** What was made of a time: a job; nothing, for a reason, since nobody looked in time, or since nothing runs that a command could run in. */
export const scheduleOutcomes = ['recorded', 'skipped', 'missed', 'idle'] as const
export type ScheduleOutcome = (typeof scheduleOutcomes)[number]
