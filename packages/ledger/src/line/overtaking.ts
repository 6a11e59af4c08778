import { type DeliveredDeploy, explainOvertaking, findOvertaker } from '@stevedore/domain'
import { and, desc, eq, isNotNull } from '../foundation/drizzle.ts'
import type { Database } from '../foundation/ledger.ts'
import { jobs } from '../foundation/schema/jobs.ts'
import type { Transaction } from '../foundation/transact.ts'
import type { EnvironmentKey, LineRow } from './line.ts'
import { selectJob } from './lock.ts'

/** The deploy of a later push, because of which a new one need not run, and the sentence that says so. The environment is locked already. */
export async function explainOvertaken(
  tx: Transaction,
  key: EnvironmentKey,
  line: readonly LineRow[],
  job: Parameters<typeof findOvertaker>[1],
): Promise<{ by: string; reason: string } | undefined> {
  if (job.delivery === null) return undefined
  const overtaker = findOvertaker(line, job, await findDeployedPush(tx.db, key))
  if (!overtaker) return undefined
  const { request } = await selectJob(tx, overtaker.id)
  return { by: overtaker.id, reason: explainOvertaking(overtaker, request.trigger) }
}

/** The latest push, by its arrival, that was deployed here. */
async function findDeployedPush(
  db: Database,
  { app, environment }: EnvironmentKey,
): Promise<DeliveredDeploy | undefined> {
  const isDeployed = and(eq(jobs.inLine, true), eq(jobs.state, 'succeeded'), isNotNull(jobs.deliverySeq))
  const [found] = await db
    .select({ id: jobs.id, delivery: jobs.deliverySeq })
    .from(jobs)
    .where(and(eq(jobs.app, app), eq(jobs.environment, environment), isDeployed))
    .orderBy(desc(jobs.deliverySeq))
    .limit(1)
  return found && found.delivery !== null ? { id: found.id, delivery: found.delivery } : undefined
}
