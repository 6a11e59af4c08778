import { ProblemError } from '@stevedore/contract'
import { eq } from 'drizzle-orm'
import { lineKey, lockEnvironment } from './line.ts'
import { type JobRow, jobs } from './schema/jobs.ts'
import type { Transaction } from './transact.ts'

/** Throws ProblemError `not-found`. */
export async function selectJob(tx: Transaction, id: string): Promise<JobRow> {
  const [row] = await tx.db.select().from(jobs).where(eq(jobs.id, id))
  if (!row) throw new ProblemError('not-found', `there is no job ${id}`)
  return row
}

/** Locks a job, its environment before it where it has a place in a line. Throws ProblemError `not-found`. */
export async function lockJob(tx: Transaction, id: string): Promise<JobRow> {
  const key = lineKey(await selectJob(tx, id))
  if (key) await lockEnvironment(tx, key)
  const [row] = await tx.db.select().from(jobs).where(eq(jobs.id, id)).for('update')
  return row as JobRow
}
