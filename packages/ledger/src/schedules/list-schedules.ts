import { and, asc, eq } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { jobs } from '../foundation/schema/jobs.ts'
import { type ScheduleRow, schedules } from '../foundation/schema/schedules.ts'
import { query } from '../foundation/transact.ts'
import { type Job, toJob } from '../jobs/job.ts'
import type { EnvironmentKey } from '../line/line.ts'

export interface ScheduleRecord extends Omit<ScheduleRow, 'lastJobId'> {
  /** The last job that was recorded. */
  lastJob: Job | null
}

/** Those of an environment, by name. */
export function listSchedules(ledger: Ledger, { app, environment }: EnvironmentKey): Promise<ScheduleRecord[]> {
  return query(ledger, async (db) => {
    const rows = await db
      .select({ schedule: schedules, job: jobs })
      .from(schedules)
      .leftJoin(jobs, eq(jobs.id, schedules.lastJobId))
      .where(and(eq(schedules.app, app), eq(schedules.environment, environment)))
      .orderBy(asc(schedules.name))
    return rows.map(({ schedule: { lastJobId: _id, ...row }, job }) => ({ ...row, lastJob: job && toJob(job) }))
  })
}
