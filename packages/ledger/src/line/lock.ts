import { ProblemError } from '@stevedore/contract'
import { and, eq, sql } from '../foundation/drizzle.ts'
import { prepareOnce } from '../foundation/prepare-once.ts'
import { takeOnly } from '../foundation/rows.ts'
import { type EnvironmentRow, environments } from '../foundation/schema/environments.ts'
import { type JobRow, jobs } from '../foundation/schema/jobs.ts'
import type { Transaction } from '../foundation/transact.ts'
import { type EnvironmentKey, isEnvironment, lineKey } from './line.ts'

/** Locks environments in the order that everybody keeps to; one that was never deployed to is made. */
export async function lockEnvironments(tx: Transaction, keys: readonly EnvironmentKey[]): Promise<void> {
  const inOrder = [...new Map(keys.map((key) => [`${key.app}/${key.environment}`, key])).entries()]
  for (const [, key] of inOrder.sort(([a], [b]) => (a < b ? -1 : 1))) await lockEnvironment(tx, key)
}

/** The row of an environment is the lock of its line and of what it runs. One that was never deployed to is made. */
export async function lockEnvironment(tx: Transaction, key: EnvironmentKey): Promise<EnvironmentRow> {
  const found = await lockKnownEnvironment(tx, key)
  if (found) return found
  await tx.db.insert(environments).values({ app: key.app, environment: key.environment }).onConflictDoNothing()
  const made = await tx.db.select().from(environments).where(isEnvironment(key)).for('update')
  return takeOnly(made, `the environment ${key.app}/${key.environment}`)
}

export async function lockKnownEnvironment(tx: Transaction, key: EnvironmentKey): Promise<EnvironmentRow | undefined> {
  const [found] = await selectLocked(tx.db).execute({ app: key.app, environment: key.environment })
  return found
}

const selectLocked = prepareOnce((db) => {
  const [app, environment] = [sql.placeholder('app'), sql.placeholder('environment')]
  return db
    .select()
    .from(environments)
    .where(and(eq(environments.app, app), eq(environments.environment, environment)))
    .for('update')
    .prepare('locked-environment')
})

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
  return takeOnly(await tx.db.select().from(jobs).where(eq(jobs.id, id)).for('update'), `job ${id}`)
}
