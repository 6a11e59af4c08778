import { durationMs, finalStates } from '@stevedore/contract'
import { listApps } from '../apps/apps.ts'
import { type SQL, sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { query } from '../foundation/transact.ts'

/** For a statement in SQL: `state in (${final})`. */
export const final = sql.join(
  finalStates.map((state) => sql`${state}`),
  sql`, `,
)

/** Messages whose attempt was claimed or whose job has ended; a relay may still hold a younger one. */
const doneMessages = sql`
  select o.ctid from outbox o join jobs j on j.id = o.job_id
  where (j.state <> 'queued' or j.attempt <> o.attempt) and o.ready_at < now() - interval '1 minute'`

const oldKeys = sql`select ctid from idempotency_keys where created_at < now() - interval '24 hours'`

/** Past a day, and those that broke off; never one that an unfinished build is to unpack. */
const oldUploads = sql`
  select u.ctid from uploads u
  where (u.created_at < now() - interval '1 day' or (u.completed_at is null and u.created_at < now() - interval '1 hour'))
  and not exists (
    select from jobs j where j.app = u.app and j.state not in (${final}) and j.payload ->> 'upload' = u.id::text)`

/** What could be sent again by who has seen it is remembered for longer than a forge would send it again. */
const oldDeliveries = sql`select ctid from deliveries where received_at < now() -
  case when body_hash is null then interval '30 days' else interval '2 years' end`

/** What webhooks told is kept for as long as a person may want it judged anew. */
const oldContents = sql`select ctid from deliveries where content is not null and received_at < now() - interval '30 days'`

const oldWatches = sql`select ctid from log_watches where wanted_until < now() - interval '1 minute'`

const oldTerminals = sql`select ctid from terminals where wanted_until < now() - interval '1 minute'`

/** One that sleeps, or whose token holds no more, wakes up never again. */
const endedSessions = sql`
  select s.ctid from sessions s join tokens t on t.id = s.token_id
  where s.seen_at < now() - interval '24 hours' or t.revoked_at is not null or t.expires_at < now()`

/** Of machines that no worker looks at any more. */
const unseenPlaces = sql`select ctid from unknown_places where seen_at < now() - interval '1 day'`

const asGiven = sql`jsonb_build_array(jsonb_build_object(
  'name', v.name, 'app', nullif(v.app, ''), 'environment', nullif(v.environment, ''), 'version', v.version))`

/** Values of secrets that hold no more and that no revision and no companion was given. */
const oldSecrets = sql`
  select v.ctid from secret_versions v
  where not exists (select from revisions r where r.secrets @> ${asGiven})
  and not exists (select from services s where s.secrets @> ${asGiven})`

/**
 * Removes what is no longer of use, at most `limit` rows of each sort at a time. Never audit entries; of jobs see `pruneJobs`.
 * @returns how many, by sort: by the table where whole rows go
 */
export async function pruneLedger(ledger: Ledger, { limit }: { limit: number }): Promise<Record<string, number>> {
  return {
    'contents of deliveries': await forgetContents(ledger, limit),
    outbox: await remove(ledger, 'outbox', doneMessages, limit),
    idempotency_keys: await remove(ledger, 'idempotency_keys', oldKeys, limit),
    uploads: await remove(ledger, 'uploads', oldUploads, limit),
    sessions: await remove(ledger, 'sessions', endedSessions, limit),
    deliveries: await remove(ledger, 'deliveries', oldDeliveries, limit),
    secret_versions: await remove(ledger, 'secret_versions', oldSecrets, limit),
    log_watches: await remove(ledger, 'log_watches', oldWatches, limit),
    terminals: await remove(ledger, 'terminals', oldTerminals, limit),
    unknown_places: await remove(ledger, 'unknown_places', unseenPlaces, limit),
    log_chunks: await pruneLogs(ledger, limit),
  }
}

async function forgetContents(ledger: Ledger, limit: number): Promise<number> {
  const { rowCount } = await query(ledger, (db) =>
    db.execute(sql`update deliveries set content = null where ctid = any(array(${oldContents} limit ${limit}))`),
  )
  return rowCount ?? 0
}

/** `ctid` finds the rows again without a search; a row that moved meanwhile is left for the next time. */
async function remove(ledger: Ledger, table: string, doomed: SQL, limit: number): Promise<number> {
  const { rowCount } = await query(ledger, (db) =>
    db.execute(sql`delete from ${sql.identifier(table)} where ctid = any(array(${doomed} limit ${limit}))`),
  )
  return rowCount ?? 0
}

/** Output of finished jobs past what each app's spec keeps, of a retired app its last spec. */
async function pruneLogs(ledger: Ledger, limit: number): Promise<number> {
  let removed = 0
  for (const { app, spec } of await listApps(ledger, { retired: true })) {
    const old = sql`
      select l.ctid from log_chunks l join jobs j on j.id = l.job_id
      where j.app = ${app} and j.finished_at < now() - ${durationMs(spec.retain.logs)} * interval '1 millisecond'`
    removed += await remove(ledger, 'log_chunks', old, limit - removed)
  }
  return removed
}
