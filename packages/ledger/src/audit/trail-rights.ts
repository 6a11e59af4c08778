import { sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { query } from '../foundation/transact.ts'

/** What a role may do that lets it change the trail, or take away what keeps it, as the rest of a sentence that begins with the role. */
export interface TrailRights {
  role: string
  /** Empty for a role that can do neither. */
  may: string[]
}

/** Of the role that this ledger signs in as. */
export function readTrailRights(ledger: Ledger): Promise<TrailRights> {
  return query(ledger, async (db) => {
    const { rows } = await db.execute<{ role: string } & Record<keyof typeof sentences, boolean>>(sql`
      select rolname as role, rolsuper as super, pg_has_role(relowner, 'MEMBER') as owner, rolcreaterole as roles,
        has_table_privilege(pg_class.oid, 'UPDATE, DELETE, TRUNCATE') as change, has_table_privilege(pg_class.oid, 'TRIGGER') as trigger
      from pg_roles, pg_class where rolname = current_user and pg_class.oid = 'audit'::regclass`)
    const [{ role = '', ...rights } = {}] = rows
    return { role, may: describeRights(rights) }
  })
}

const sentences = {
  super: 'is a superuser',
  owner: 'owns the table of the trail',
  change: 'may change or remove entries',
  trigger: 'may add triggers to the trail',
  roles: 'may make itself a member of other roles',
} as const

/** Each includes those after it, but for the last. */
function describeRights(rights: Partial<Record<keyof typeof sentences, boolean>>): string[] {
  if (rights.super) return [sentences.super]
  const held = (['owner', 'change', 'trigger'] as const).filter((right) => rights[right])
  const most = held.includes('owner') ? [sentences.owner] : held.map((right) => sentences[right])
  return rights.roles ? [...most, sentences.roles] : most
}
