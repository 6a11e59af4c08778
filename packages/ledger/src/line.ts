import { chooseNext, type LineMember } from '@stevedore/domain'
import { and, asc, eq, inArray } from 'drizzle-orm'
import type { Database } from './ledger.ts'
import { type EnvironmentRow, environments } from './schema/environments.ts'
import { type JobRow, jobs } from './schema/jobs.ts'
import type { Transaction } from './transact.ts'

export interface EnvironmentKey {
  app: string
  environment: string
}

/** The environment in whose line a job stands; undefined for one that waits for nobody. */
export function lineKey(job: Pick<JobRow, 'app' | 'environment' | 'inLine'>): EnvironmentKey | undefined {
  const { app, environment, inLine } = job
  return inLine && environment !== null ? { app, environment } : undefined
}

export function isEnvironment(key: EnvironmentKey) {
  return and(eq(environments.app, key.app), eq(environments.environment, key.environment))
}

/** Locks environments in the order that everybody keeps to; one that was never deployed to is made. */
export async function lockEnvironments(tx: Transaction, keys: readonly EnvironmentKey[]): Promise<void> {
  const inOrder = [...new Map(keys.map((key) => [`${key.app}/${key.environment}`, key])).entries()]
  for (const [, key] of inOrder.sort(([a], [b]) => (a < b ? -1 : 1))) await lockEnvironment(tx, key)
}

export async function lockEnvironment(tx: Transaction, key: EnvironmentKey): Promise<EnvironmentRow> {
  const found = await lockKnownEnvironment(tx, key)
  if (found) return found
  await tx.db.insert(environments).values({ app: key.app, environment: key.environment }).onConflictDoNothing()
  return (await lockKnownEnvironment(tx, key)) as EnvironmentRow
}

export async function lockKnownEnvironment(tx: Transaction, key: EnvironmentKey): Promise<EnvironmentRow | undefined> {
  const [found] = await tx.db.select().from(environments).where(isEnvironment(key)).for('update')
  return found
}

export async function setHolder(tx: Transaction, key: EnvironmentKey, jobId: string | null): Promise<void> {
  await tx.db.update(environments).set({ activeJobId: jobId }).where(isEnvironment(key))
}

export async function readHolder(db: Database, key: EnvironmentKey): Promise<string | null> {
  const [found] = await db.select({ jobId: environments.activeJobId }).from(environments).where(isEnvironment(key))
  return found?.jobId ?? null
}

export interface LineRow extends LineMember {
  attempt: number
}

/** The unfinished deploys and rollbacks of an environment, in order of arrival. */
export async function readLine(db: Database, key: EnvironmentKey): Promise<LineRow[]> {
  const holder = await readHolder(db, key)
  const rows = await selectLine(db, key)
  return rows.map((row) => ({ ...row, active: row.id === holder }))
}

/** The same, with its jobs locked: no worker claims one of them meanwhile. The environment is locked already. */
export async function lockLine(tx: Transaction, key: EnvironmentKey): Promise<LineRow[]> {
  const holder = await readHolder(tx.db, key)
  const rows = await selectLine(tx.db, key).for('update')
  return rows.map((row) => ({ ...row, active: row.id === holder }))
}

function selectLine(db: Database, key: EnvironmentKey) {
  return db
    .select({ id: jobs.id, kind: jobs.kind, state: jobs.state, waitingFor: jobs.waitingFor, attempt: jobs.attempt })
    .from(jobs)
    .where(
      and(
        eq(jobs.app, key.app),
        eq(jobs.environment, key.environment),
        eq(jobs.inLine, true),
        inArray(jobs.state, ['queued', 'running', 'waiting']),
      ),
    )
    .orderBy(asc(jobs.seq))
}

/** Jobs before this one in the line; null when it has no place in one. */
export function countBefore(line: readonly LineRow[], jobId: string): number | null {
  const own = line.find((member) => member.id === jobId)
  if (!own || own.waitingFor === 'approval') return null
  let rest = line.filter((member) => !member.active)
  if (own.active) return 0
  for (let before = line.length - rest.length; ; before++) {
    const next = chooseNext(rest)
    if (next === undefined || next === jobId) return before
    rest = rest.filter((member) => member.id !== next)
  }
}
