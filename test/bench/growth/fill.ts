import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { genesisHash, hashEntry } from '../../../packages/ledger/src/audit/entry-hash.ts'

const batchRows = 20_000
const apps = 100

/**
 * Brings a ledger to so many jobs, each with an event, and so many audit entries. They are copies of the first two jobs, as years of work would
 * leave them: of a hundred apps, one in a hundred failed. Written past the triggers, which would tell and chain them one by one.
 */
export async function fill(url: string, { from, to, entries }: { from: number; to: number; entries: number }) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('set session_replication_role = replica')
    for (let first = from; first < to; first += batchRows)
      await fillJobs(client, first, Math.min(to, first + batchRows))
    await fillAudit(client, entries)
    for (const table of ['jobs', 'events', 'audit']) await client.query(`vacuum analyze ${table}`)
  } finally {
    await client.end()
  }
}

async function fillJobs(client: pg.Client, first: number, end: number): Promise<void> {
  await client.query(
    `with made as (
       insert into jobs (id, seq, kind, app, environment, spec_version, request, payload, next, state, attempt, max_failures,
         max_losses, in_line, approval, queue, requested_by, correlation_id, created_at, finished_at, event_seq)
       overriding system value
       select gen_random_uuid(), nextval(pg_get_serial_sequence('jobs', 'seq')), kind, 'app-' || n % ${apps}, environment, spec_version,
         request, payload, next, case when n % 99 = 0 then 'failed' else 'succeeded' end, 1, max_failures, max_losses, in_line, approval,
         queue, requested_by, correlation_id, now() - interval '1 year', now() - interval '1 year', 1
       from generate_series($1::int, $2::int - 1) n join jobs model on model.seq = 1 + n % 2 returning id)
     insert into events (job_id, seq, type, data) select id, 1, 'job.queued', '{}' from made`,
    [first, end],
  )
}

async function fillAudit(client: pg.Client, entries: number): Promise<void> {
  const { rows } = await client.query('select seq::int, hash from audit order by seq desc limit 1')
  let { seq, hash } = rows[0] ?? { seq: 0, hash: genesisHash }
  while (seq < entries) {
    const batch = Array.from({ length: Math.min(batchRows, entries - seq) }, () => {
      const entry = makeEntry(++seq, hash)
      hash = hashEntry(entry)
      return { ...entry, hash }
    })
    await writeEntries(client, batch)
  }
}

function makeEntry(seq: number, prevHash: string) {
  return {
    ...{
      format: 1,
      seq,
      at: new Date(Date.now() - 365 * 86_400_000),
      actor: `token:t${seq % 10}`,
      action: 'job.requested',
    },
    ...{ app: `app-${seq % apps}`, environment: seq % 2 ? 'staging' : 'production', jobId: randomUUID() },
    ...{ detail: `{"kind":"deploy","version":"1.0.${seq}"}`, prevHash },
  }
}

async function writeEntries(
  client: pg.Client,
  batch: (ReturnType<typeof makeEntry> & { hash: string })[],
): Promise<void> {
  const keys = [
    'format',
    'seq',
    'at',
    'actor',
    'action',
    'app',
    'environment',
    'jobId',
    'detail',
    'prevHash',
    'hash',
  ] as const
  await client.query(
    `insert into audit (format, seq, at, actor, action, app, environment, job_id, detail, prev_hash, hash)
     select * from unnest($1::smallint[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::json[], $10::text[], $11::text[])`,
    keys.map((key) => batch.map((entry) => entry[key])),
  )
}
