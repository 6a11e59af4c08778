import { chooseNext, type LineMember } from '@stevedore/domain'
import { and, asc, eq, inArray, sql } from '../foundation/drizzle.ts'
import type { Database, Ledger } from '../foundation/ledger.ts'
import { environments } from '../foundation/schema/environments.ts'
import { type JobRow, jobs } from '../foundation/schema/jobs.ts'
import { query, type Transaction } from '../foundation/transact.ts'

export interface EnvironmentKey {
  app: string
  environment: string
}

/** The environment in whose line a job stands; undefined for one that waits for nobody. */
export function lineKey(job: Pick<JobRow, 'app' | 'environment' | 'inLine'>): EnvironmentKey | undefined {
  const { app, environment, inLine } = job
  return inLine && environment !== null ? { app, environment } : undefined
}

export function isEnvironment({ app, environment }: EnvironmentKey) {
  return and(eq(environments.app, app), eq(environments.environment, environment))
}

/** Records who holds an environment; null where nobody does. The environment is locked already. */
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
async function readLine(db: Database, key: EnvironmentKey): Promise<LineRow[]> {
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

function selectLine(db: Database, { app, environment }: EnvironmentKey) {
  const { id, kind, state, waitingFor, attempt, deliverySeq: delivery } = jobs
  const isIn = and(eq(jobs.app, app), eq(jobs.environment, environment), eq(jobs.inLine, true))
  return db
    .select({ id, kind, state, waitingFor, attempt, delivery, service: sql<boolean>`${jobs.resolved} ? 'service'` })
    .from(jobs)
    .where(and(isIn, inArray(jobs.state, ['queued', 'running', 'waiting'])))
    .orderBy(asc(jobs.seq))
}

/** How many jobs go before this one in its environment; null when it stands in no line, or not yet. */
export function getPlaceInLine(
  ledger: Ledger,
  { id, app, environment }: { id: string; app: string; environment: string | null },
): Promise<number | null> {
  if (environment === null) return Promise.resolve(null)
  return query(ledger, async (db) => countBefore(await readLine(db, { app, environment }), id))
}

/** Jobs before this one in the line; null when it has no place in one. */
function countBefore(line: readonly LineRow[], jobId: string): number | null {
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
