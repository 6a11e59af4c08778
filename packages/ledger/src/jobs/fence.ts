import type { JobMessage } from '@stevedore/contract'
import { type SQL, sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import type { EnvironmentRow } from '../foundation/schema/environments.ts'
import { type JobRow, jobs } from '../foundation/schema/jobs.ts'
import { query, type Transaction, transact } from '../foundation/transact.ts'
import type { EnvironmentKey } from '../line/line.ts'
import { lockEnvironment } from '../line/lock.ts'

/** The attempt is not, or no longer, the one that may write: another worker has the job, it has ended, or the lease ran out. */
export class StaleFenceError extends Error {
  constructor(message: JobMessage) {
    super(`attempt ${message.attempt} of job ${message.jobId} no longer owns it`)
    this.name = 'StaleFenceError'
  }
}

/** By the clock and not `now()`, which stands still in a transaction: the worker may have been stopped inside one. */
export function isFenced({ jobId, attempt }: JobMessage): SQL {
  return sql`jobs.id = ${jobId} and jobs.attempt = ${attempt} and jobs.state = 'running' and jobs.lease_until > clock_timestamp()`
}

/** Throws StaleFenceError unless the job runs under this attempt with a lease that has not run out. */
export function checkFence(ledger: Ledger, message: JobMessage): Promise<void> {
  return query(ledger, async (db) => {
    const found = await db.select({ id: jobs.id }).from(jobs).where(isFenced(message))
    if (found.length === 0) throw new StaleFenceError(message)
  })
}

/**
 * Says in one statement what writes by the fence: it commits by itself, and costs one trip where a transaction costs one for each of its parts.
 * @param statement gives a row where the fence held, and does nothing where it gives none
 * @returns that row. Throws StaleFenceError
 */
export function sayFenced(ledger: Ledger, message: JobMessage, statement: SQL): Promise<Record<string, unknown>> {
  return query(ledger, async (db) => {
    const [row] = (await db.execute(statement)).rows
    if (!row) throw new StaleFenceError(message)
    return row
  })
}

/** What writers need of a job; its documents are left alone. */
const columns = {
  id: jobs.id,
  requestedBy: jobs.requestedBy,
  progress: jobs.progress,
  eventSeq: jobs.eventSeq,
  logBytes: jobs.logBytes,
  outageTries: jobs.outageTries,
}
export type FencedJob = Pick<JobRow, keyof typeof columns>

/** A transaction that no other attempt of the job can come between: the fence is checked and the job's row locked first. */
export function withFence<T>(
  ledger: Ledger,
  message: JobMessage,
  work: (tx: Transaction, job: FencedJob) => Promise<T>,
): Promise<T> {
  return transact(ledger, async (tx) => work(tx, await lockFenced(tx, message)))
}

/** The same with the environment locked, which comes before the job. */
export function withFencedEnvironment<T>(
  ledger: Ledger,
  message: JobMessage & EnvironmentKey,
  work: (tx: Transaction, job: FencedJob, environment: EnvironmentRow) => Promise<T>,
): Promise<T> {
  return transact(ledger, async (tx) => {
    const environment = await lockEnvironment(tx, message)
    return work(tx, await lockFenced(tx, message), environment)
  })
}

async function lockFenced(tx: Transaction, message: JobMessage): Promise<FencedJob> {
  const [job] = await tx.db.select(columns).from(jobs).where(isFenced(message)).for('update')
  if (!job) throw new StaleFenceError(message)
  return job
}
