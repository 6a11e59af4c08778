import { ProblemError } from '@stevedore/contract'
import { and, eq, isNull } from 'drizzle-orm'
import { apps } from './schema/apps.ts'
import type { Transaction } from './transact.ts'

/** Keeps an app from being retired until this transaction has ended. Throws ProblemError `not-found`. */
export async function holdApp(tx: Transaction, app: string): Promise<void> {
  const found = await tx.db
    .select({ app: apps.app })
    .from(apps)
    .where(and(eq(apps.app, app), isNull(apps.retiredAt)))
    .for('key share')
  if (found.length === 0) throw new ProblemError('not-found', `there is no app named ${app}`)
}
