import type { AppSpec } from '@stevedore/contract'
import { and, desc, eq, getTableColumns, lt } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { appSpecs } from '../foundation/schema/apps.ts'
import { query } from '../foundation/transact.ts'

/** A version of a spec, beside what it says. */
export type SpecVersion = Omit<typeof appSpecs.$inferSelect, 'spec'>

/** Those of an app, newest first. @param before the number of one that came later */
export function listSpecVersions(
  ledger: Ledger,
  { app, before, limit }: { app: string; before?: number | undefined; limit: number },
): Promise<SpecVersion[]> {
  const { spec: _spec, ...columns } = getTableColumns(appSpecs)
  const isEarlier = before === undefined ? undefined : lt(appSpecs.specVersion, before)
  return query(ledger, (db) =>
    db
      .select(columns)
      .from(appSpecs)
      .where(and(eq(appSpecs.app, app), isEarlier))
      .orderBy(desc(appSpecs.specVersion))
      .limit(limit),
  )
}

/** One with all that it says; of a retired app too. */
export function getDeclaration(
  ledger: Ledger,
  app: string,
  specVersion: number,
): Promise<(SpecVersion & { spec: AppSpec }) | undefined> {
  return query(ledger, async (db) => {
    const [found] = await db
      .select()
      .from(appSpecs)
      .where(and(eq(appSpecs.app, app), eq(appSpecs.specVersion, specVersion)))
    return found
  })
}

/** Of a retired app too: its jobs still refer to it. */
export async function getSpecVersion(ledger: Ledger, app: string, specVersion: number): Promise<AppSpec | undefined> {
  return (await getDeclaration(ledger, app, specVersion))?.spec
}
