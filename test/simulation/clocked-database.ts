import { migrateLedger } from '@stevedore/ledger'
import { Client } from 'pg'

/**
 * The functions by which Postgres tells the time, as the simulation sets it: `public` stands before `pg_catalog` where they are looked up.
 * `now()` stands still within a transaction, which the simulation sees to.
 */
const clock = `
create function public.now() returns timestamptz language sql stable as
  $$ select to_timestamp(coalesce(nullif(current_setting('sim.now', true), ''), '0')::float8 / 1000) $$;
create function public.clock_timestamp() returns timestamptz language sql stable as
  $$ select to_timestamp(coalesce(nullif(current_setting('sim.clock', true), ''), '0')::float8 / 1000) $$;
`
const path = 'public, pg_catalog'

/** A vacuum that cuts a table's end off locks it, whenever it comes: somebody would wait for it in a turn in which nobody waits by the seed. */
const keepLength = `do $$ declare name text; begin
  for name in select tablename from pg_catalog.pg_tables where schemaname = 'public' loop
    execute format('alter table public.%I set (vacuum_truncate = off, toast.vacuum_truncate = off)', name);
  end loop;
end $$`

/** Makes a migrated ledger in an empty database, all of whose times are those of the simulation. */
export async function prepareClockedDatabase(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1)
  await withClient(url, async (client) => {
    await client.query(`${clock}; alter database ${name} set search_path = ${path}`)
  })
  await migrateLedger(url)
  await withClient(url, async (client) => {
    await client.query(`alter function audit_chain() set search_path = ${path}, pg_temp`)
    // The trail is then as any other table to whoever sets a ledger back, who says so by `session_replication_role`.
    await client.query('alter table audit enable trigger user')
    await client.query(keepLength)
  })
}

async function withClient(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url }).on('error', () => {})
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

/** Anything that runs a statement. */
interface Asked {
  query(text: string): Promise<{ rows: { name: string }[] }>
}

/** A ledger that is set back again and again, and kept at a moment. */
export interface KeptLedger {
  /** Keeps what the ledger holds now. */
  keep(): Promise<void>
  /** As it was kept last. */
  restore(): Promise<void>
  /** As it was when this was opened. */
  reset(): Promise<void>
  /** Keeps what the ledger holds now as well. @returns sets it back to that */
  addBase(name: string): Promise<() => Promise<void>>
}

export async function openKeptLedger(database: Asked): Promise<KeptLedger> {
  const { rows } = await database.query(
    `select tablename as name from pg_catalog.pg_tables where schemaname = 'public' order by 1`,
  )
  const tables = rows.map(({ name }) => name)
  const make = (schema: string) =>
    [
      `drop schema if exists ${schema} cascade; create schema ${schema}`,
      ...tables.map((name) => `create unlogged table ${schema}.${name} as select * from public.${name}`),
      `create unlogged table ${schema}.sequences as select schemaname, sequencename, last_value from pg_sequences where schemaname = 'public'`,
    ].join('; ')
  const bringBack = (schema: string) =>
    [
      'begin; set local session_replication_role = replica',
      ...tables.map((name) => `delete from public.${name}`),
      ...tables.map((name) => `insert into public.${name} overriding system value select * from ${schema}.${name}`),
      `select setval(format('%I.%I', schemaname, sequencename)::regclass, coalesce(last_value, 1), last_value is not null) from ${schema}.sequences`,
      'commit',
    ].join('; ')
  await database.query(make('base'))
  await database.query(make('kept'))
  const keepAgain = [
    'begin',
    ...tables.map((name) => `delete from kept.${name}; insert into kept.${name} select * from public.${name}`),
    `delete from kept.sequences; insert into kept.sequences select schemaname, sequencename, last_value from pg_sequences where schemaname = 'public'`,
    'commit',
  ].join('; ')
  const say = (statement: string) => async () => void (await database.query(statement))
  async function addBase(name: string) {
    await database.query(make(name))
    return say(bringBack(name))
  }
  return { keep: say(keepAgain), restore: say(bringBack('kept')), reset: say(bringBack('base')), addBase }
}
