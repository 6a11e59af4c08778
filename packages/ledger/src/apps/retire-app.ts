import { finalStates, ProblemError } from '@stevedore/contract'
import { bindCredentials } from '../access/credential-hosts.ts'
import { releaseAll } from '../access/grants.ts'
import type { By } from '../foundation/append-audit.ts'
import { now } from '../foundation/clock.ts'
import { and, asc, eq, isNotNull, isNull, notInArray } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { apps } from '../foundation/schema/apps.ts'
import { environments } from '../foundation/schema/environments.ts'
import { jobs } from '../foundation/schema/jobs.ts'
import { type Transaction, transact } from '../foundation/transact.ts'
import { forgetSchedules } from '../schedules/declare-schedules.ts'
import { requireMatch } from './apps.ts'
import { selectApp } from './select-app.ts'

/** Keeps an app from being retired until this transaction has ended. @returns its spec's version. Throws ProblemError `not-found`. */
export async function holdApp(tx: Transaction, app: string): Promise<number> {
  const [found] = await tx.db
    .select({ specVersion: apps.specVersion })
    .from(apps)
    .where(and(eq(apps.app, app), isNull(apps.retiredAt)))
    .for('key share')
  if (!found) throw new ProblemError('not-found', `there is no app named ${app}`)
  return found.specVersion
}

/** Takes an app out of use; its jobs, images and revisions stay on record. Throws ProblemError `not-found`, `precondition-failed`, `in-use`. */
export function retireApp(
  ledger: Ledger,
  { app, ifMatch, by }: { app: string; ifMatch?: string; by: By },
): Promise<void> {
  return transact(ledger, async (tx) => {
    // Waits for whoever is recording a job of the app, and they for this.
    await tx.db.select({ app: apps.app }).from(apps).where(eq(apps.app, app)).for('update')
    const standing = await selectApp(tx.db, app)
    if (!standing || standing.retiredAt) throw new ProblemError('not-found', `there is no app named ${app}`)
    requireMatch(ifMatch, standing)
    await refuseUnfinished(tx, app)
    await refuseRunning(tx, app)
    await releaseAll(tx, app)
    await forgetSchedules(tx, app)
    await bindCredentials(tx, by)
    await tx.db.update(apps).set({ retiredAt: now }).where(eq(apps.app, app))
    tx.record({ by, action: 'app.retired', app })
  })
}

async function refuseUnfinished(tx: Transaction, app: string): Promise<void> {
  const [unfinished] = await tx.db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.app, app), notInArray(jobs.state, [...finalStates])))
    .limit(1)
  if (unfinished) throw new ProblemError('in-use', `job ${unfinished.id} is not finished`)
}

/** No job could be recorded any more that takes down what still runs. */
async function refuseRunning(tx: Transaction, app: string): Promise<void> {
  const running = await tx.db
    .select({ environment: environments.environment })
    .from(environments)
    .where(and(eq(environments.app, app), isNotNull(environments.currentRevision)))
    .orderBy(asc(environments.environment))
  if (running.length === 0) return
  const names = running.map(({ environment }) => environment)
  const commands = names.map((name) => `stevedore remove ${app} ${name}`)
  throw new ProblemError('in-use', `it still runs in ${names.join(', ')}; take it down first: ${commands.join(' && ')}`)
}
