import { type SQL, sql } from './drizzle.ts'

/** A trigger that tells a channel at the commit of every change of its table, whichever version of the service makes it. */
interface Trigger {
  table: string
  name: string
  /** The function of the database that it runs. */
  runs: string
}

/**
 * What is told over Postgres's `LISTEN`/`NOTIFY`, and by whom: triggers, all of them made by drizzle/0001, or `notify` below. A test holds the
 * triggers equal to the migrations.
 */
export const channels = {
  /** There is something to publish. The payload is ''; the worker's dispatcher listens. */
  stevedore_outbox: [{ table: 'outbox', name: 'outbox_wakes_dispatcher', runs: 'wake_dispatcher' }],
  /** An event or output of a job. The payload is the job's id; the API's streams listen. */
  stevedore_job: [
    { table: 'events', name: 'events_wake_watchers', runs: 'wake_job_watchers' },
    { table: 'log_chunks', name: 'log_wakes_watchers', runs: 'wake_job_watchers' },
  ],
  /** Somebody asks something of a job. The payload is its id; told by `jobs/control-job.ts`, workers listen. */
  stevedore_control: [],
  /** A log watch was opened, got lines or has ended. The payload is its id; told by `logs/log-watches.ts`. */
  stevedore_watch: [],
  /** Something was typed into a terminal, shown in it or seen, or it has ended. The payload is its job's id; told by `terminals/terminal.ts`, APIs and workers listen. */
  stevedore_terminal: [],
  /** A certificate was put or removed. The payload is its name; told by `access/certificates.ts`, workers listen. */
  stevedore_certificate: [],
  /** A token was revoked, or a session of it has ended. The payload is the token's id; told by `access/tokens.ts` and `access/sessions.ts`, APIs listen. */
  stevedore_token: [],
} as const satisfies Record<string, readonly Trigger[]>

export type Channel = keyof typeof channels

/** Tells a channel, once this transaction commits. */
export function notify(channel: Channel, payload: string): SQL {
  return sql`select pg_notify(${channel}, ${payload})`
}
