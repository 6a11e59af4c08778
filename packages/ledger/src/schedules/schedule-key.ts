import { and, eq } from '../foundation/drizzle.ts'
import { schedules } from '../foundation/schema/schedules.ts'
import type { EnvironmentKey } from '../line/line.ts'

export interface ScheduleKey extends EnvironmentKey {
  name: string
}

export function isSchedule({ app, environment, name }: ScheduleKey) {
  return and(eq(schedules.app, app), eq(schedules.environment, environment), eq(schedules.name, name))
}
