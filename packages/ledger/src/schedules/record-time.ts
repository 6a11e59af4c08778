import { randomUUID } from 'node:crypto'
import { finalStates, ProblemError, type ScheduleOutcome } from '@stevedore/contract'
import { type Due, findOverlap } from '@stevedore/domain'
import { holdApp } from '../apps/retire-app.ts'
import type { By } from '../foundation/append-audit.ts'
import { and, eq, notInArray, sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { jobs } from '../foundation/schema/jobs.ts'
import { type ScheduleRow, schedules } from '../foundation/schema/schedules.ts'
import { type Transaction, transact } from '../foundation/transact.ts'
import { insertJob } from '../jobs/insert-job.ts'
import type { NewJob } from '../jobs/job.ts'
import { isSchedule, type ScheduleKey } from './schedule-key.ts'

/** What is to be made of a time that has come: a job, if it may be; nothing, since nothing runs there; nothing, for a reason that is told. */
export type ScheduleTurn = { job: NewJob } | { idle: string } | { refusal: string }

interface Time extends ScheduleKey {
  dueAt: Date
  due: Due
  turn: ScheduleTurn
  /** Under which it was judged. */
  specVersion: number
  by: By
}

/**
 * Makes of a schedule's time what is to be made of it, and goes on to its next: all of it or nothing, and once, however many do it at the
 * same moment.
 * @returns undefined where another has done it, or the spec has changed meanwhile: whoever looks next sees how it stands
 */
export function recordTime(
  ledger: Ledger,
  { dueAt, due, turn, specVersion, by, ...key }: Time,
): Promise<ScheduleOutcome | undefined> {
  return transact(ledger, async (tx) => {
    if ((await holdDeclared(tx, key.app)) !== specVersion) return undefined
    const [row] = await tx.db.select().from(schedules).where(isSchedule(key)).for('update', { skipLocked: true })
    if (row?.nextAt?.getTime() !== dueAt.getTime()) return undefined
    const { app, environment, name: schedule } = row
    if (due.missed) {
      const detail = { schedule, from: due.missed.from.toISOString(), count: due.missed.count }
      tx.record({ by, action: 'schedule.missed', app, environment, detail })
    }
    const made = due.time ? await make(tx, row, { turn, time: due.time, by }) : missAll
    const last = { lastDueAt: due.time ?? dueAt, lastOutcome: made.outcome, lastReason: made.reason ?? null }
    const change = { ...last, nextAt: due.next, ...(made.jobId !== undefined && { lastJobId: made.jobId }) }
    await tx.db.update(schedules).set(change).where(isSchedule(key))
    return made.outcome
  })
}

/** @returns undefined for an app that is out of use */
async function holdDeclared(tx: Transaction, app: string): Promise<number | undefined> {
  try {
    return await holdApp(tx, app)
  } catch (error) {
    if (error instanceof ProblemError) return undefined
    throw error
  }
}

interface Made {
  outcome: ScheduleOutcome
  reason?: string
  jobId?: string
}

const missAll: Made = { outcome: 'missed', reason: 'nobody looked at it for more than an hour' }

async function make(
  tx: Transaction,
  row: ScheduleRow,
  { turn, time, by }: { turn: ScheduleTurn; time: Date; by: By },
): Promise<Made> {
  if ('idle' in turn) return { outcome: 'idle', reason: turn.idle }
  const reason = 'refusal' in turn ? turn.refusal : findOverlap(row.declared, await listUnfinished(tx, row))
  if ('refusal' in turn || reason !== undefined) return skip(tx, row, { reason: reason ?? '', time, by })
  const { id } = await insertJob(tx, { id: randomUUID(), job: turn.job, requestedBy: by.actor, by })
  return { outcome: 'recorded', jobId: id }
}

function skip(
  tx: Transaction,
  { app, environment, name }: ScheduleRow,
  { reason, time, by }: { reason: string; time: Date; by: By },
): Made {
  const detail = { schedule: name, dueAt: time.toISOString(), reason }
  tx.record({ by, action: 'schedule.skipped', app, environment, detail })
  return { outcome: 'skipped', reason }
}

/** The jobs of a schedule that are not over, also those that a person asked for. */
async function listUnfinished(
  tx: Transaction,
  { app, environment, name }: ScheduleKey,
): Promise<{ id: string; begun: boolean }[]> {
  const isOf = and(eq(jobs.app, app), eq(jobs.environment, environment), eq(jobs.kind, 'run'))
  const isUnfinished = notInArray(jobs.state, [...finalStates])
  const rows = await tx.db
    .select({ id: jobs.id, startedAt: jobs.startedAt })
    .from(jobs)
    .where(and(isOf, isUnfinished, sql`${jobs.request} ->> 'schedule' = ${name}`))
  return rows.map(({ id, startedAt }) => ({ id, begun: startedAt !== null }))
}
