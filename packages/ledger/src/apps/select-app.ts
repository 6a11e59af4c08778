import type { AppSpec } from '@stevedore/contract'
import { and, eq } from '../foundation/drizzle.ts'
import type { Database } from '../foundation/ledger.ts'
import { appSpecs, apps } from '../foundation/schema/apps.ts'

export interface AppRecord {
  app: string
  specVersion: number
  spec: AppSpec
  /** As in the header, quotes included. */
  etag: string
  declaredBy: string
  declaredAt: Date
  retiredAt: Date | null
}

/** Retired or not. */
export async function selectApp(db: Database, app: string): Promise<AppRecord | undefined> {
  const [row] = await selectApps(db).where(eq(apps.app, app))
  return row && toRecord(row)
}

export function selectApps(db: Database) {
  const { app, specVersion, retiredAt } = apps
  const { spec, declaredBy, declaredAt } = appSpecs
  return db
    .select({ app, specVersion, spec, declaredBy, declaredAt, retiredAt })
    .from(apps)
    .innerJoin(appSpecs, and(eq(appSpecs.app, apps.app), eq(appSpecs.specVersion, apps.specVersion)))
    .$dynamic()
}

export function toRecord(row: Omit<AppRecord, 'etag'>): AppRecord {
  return { ...row, etag: `"${row.specVersion}"` }
}
