import type { AppSpec, Schedule } from '@stevedore/contract'
import { findNextTime } from '@stevedore/domain'
import { selectClock } from '../foundation/clock.ts'
import { eq } from '../foundation/drizzle.ts'
import { type ScheduleRow, schedules } from '../foundation/schema/schedules.ts'
import type { Transaction } from '../foundation/transact.ts'
import { isSchedule } from './schedule-key.ts'

/** Puts the schedules of a spec in the place of those before it. One whose times stay as they were keeps its next one, and what was made of the last. */
export async function declareSchedules(tx: Transaction, { app, environments }: AppSpec): Promise<void> {
  const standing = await tx.db.select().from(schedules).where(eq(schedules.app, app)).for('update')
  const wanted = Object.entries(environments).flatMap(([environment, settings]) =>
    Object.entries(settings.schedules ?? {}).map(([name, declared]) => ({ app, environment, name, declared })),
  )
  const now = await selectClock(tx.db)
  for (const row of standing) if (!wanted.some((one) => isSame(one, row))) await remove(tx, row)
  for (const one of wanted) {
    const before = standing.find((row) => isSame(one, row))
    if (!before) await tx.db.insert(schedules).values({ ...one, nextAt: findNextTime(one.declared, now) })
    else
      await tx.db
        .update(schedules)
        .set(change(before, one.declared, now))
        .where(isSchedule(one))
  }
}

function change({ declared: before, nextAt }: ScheduleRow, declared: Schedule, now: Date) {
  const isAsBefore = before.at === declared.at && before.timezone === declared.timezone
  return { declared, nextAt: isAsBefore ? nextAt : findNextTime(declared, now) }
}

type Key = Pick<ScheduleRow, 'app' | 'environment' | 'name'>

function isSame(one: Key, other: Key): boolean {
  return one.environment === other.environment && one.name === other.name
}

async function remove(tx: Transaction, key: Key): Promise<void> {
  await tx.db.delete(schedules).where(isSchedule(key))
}

/** Those of an app that is taken out of use. */
export async function forgetSchedules(tx: Transaction, app: string): Promise<void> {
  await tx.db.delete(schedules).where(eq(schedules.app, app))
}
