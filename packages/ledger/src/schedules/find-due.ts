import { selectClock } from '../foundation/clock.ts'
import { and, asc, eq, isNull, sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { appSpecs, apps } from '../foundation/schema/apps.ts'
import { schedules } from '../foundation/schema/schedules.ts'
import { query } from '../foundation/transact.ts'
import type { ScheduleKey } from './schedule-key.ts'

/** A schedule of which a time has come. */
export interface DueSchedule extends ScheduleKey {
  dueAt: Date
}

/** A server of an older version may have declared the app without it. */
const isDeclared = sql`${appSpecs.spec} #> array['environments', ${schedules.environment}, 'schedules', ${schedules.name}] is not null`

/**
 * Those whose time has come by the ledger's clock, the longest ago first, and what time it is there. What they say is not read: one that
 * cannot be must not hold the others up.
 */
export async function findDueSchedules(
  ledger: Ledger,
  { limit }: { limit: number },
): Promise<{ now: Date; due: DueSchedule[] }> {
  const { app, environment, name, nextAt } = schedules
  const rows = await query(ledger, (db) =>
    db
      .select({ app, environment, name, dueAt: nextAt })
      .from(schedules)
      .innerJoin(apps, and(eq(apps.app, app), isNull(apps.retiredAt)))
      .innerJoin(appSpecs, and(eq(appSpecs.app, apps.app), eq(appSpecs.specVersion, apps.specVersion), isDeclared))
      .where(sql`${nextAt} <= now()`)
      .orderBy(asc(nextAt))
      .limit(limit),
  )
  const due = rows.flatMap(({ dueAt, ...key }) => (dueAt ? [{ ...key, dueAt }] : []))
  return { due, now: due.length === 0 ? new Date(0) : await query(ledger, selectClock) }
}
