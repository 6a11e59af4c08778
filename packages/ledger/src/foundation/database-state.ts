import { sql } from './drizzle.ts'
import type { Ledger } from './ledger.ts'
import { query } from './transact.ts'

/** How the database is set up that the ledger lies in, as the service's role sees it. */
export interface DatabaseState {
  version: string
  role: string
  /** By its clock. */
  at: Date
  fsync: boolean
  fullPageWrites: boolean
  /** `off`: a commit that was answered may be lost with the machine. */
  synchronousCommit: string
  /** What roles that are no superusers may open. */
  connectionsLimit: number
  connectionsInUse: number
}

export function readDatabaseState(ledger: Ledger): Promise<DatabaseState> {
  return query(ledger, async (db) => {
    const { rows } = await db.execute<Record<keyof DatabaseState, never>>(sql`
      select current_setting('server_version') as version, current_user as role,
        extract(epoch from clock_timestamp()) * 1000 as at,
        current_setting('fsync')::bool as fsync, current_setting('full_page_writes')::bool as "fullPageWrites",
        current_setting('synchronous_commit') as "synchronousCommit",
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as "connectionsLimit",
        (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as "connectionsInUse"`)
    const [row] = rows
    if (!row) throw new Error('a select without a from gives one row')
    return { ...(row as DatabaseState), at: new Date(Number(row.at)) }
  })
}
