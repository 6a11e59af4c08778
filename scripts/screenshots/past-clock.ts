import pg from 'pg'
import type { SampleClock } from '../../test/harness/console-sample.ts'

/** Gives a database of one's own, before its tables are made, a `now()` that can be set: a history recorded by it has its days and hours. */
export async function openPastClock(url: string): Promise<SampleClock & { close(): Promise<void> }> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`
    create table public.sample_clock (behind interval not null);
    insert into public.sample_clock values ('0');
    create function public.now() returns timestamptz language sql stable
      as 'select pg_catalog.now() - (select behind from public.sample_clock)';
    create function public.clock_timestamp() returns timestamptz language sql volatile
      as 'select pg_catalog.clock_timestamp() - (select behind from public.sample_clock)'`)
  // Found first, it is what the columns' defaults and the statements mean.
  await client.query(
    `do $$ begin execute format('alter database %I set search_path = public, pg_catalog', current_database()); end $$`,
  )
  return {
    goTo: async (minutesAgo) =>
      void (await client.query('update public.sample_clock set behind = make_interval(secs => $1)', [minutesAgo * 60])),
    close: () => client.end(),
  }
}
