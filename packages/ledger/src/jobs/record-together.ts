import { DatabaseError, type Pool, type PoolClient } from 'pg'
import type { Repository } from '../access/grants.ts'
import { detailOf } from '../foundation/append-audit.ts'
import { currentDeadline, type Deadline, InDoubtError } from '../foundation/deadline.ts'
import { gather } from '../foundation/gather.ts'
import { canonicalJson, toStorableJson } from '../foundation/json.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { isLedgerAway } from '../foundation/ledger-away.ts'
import { isOfOldPlan } from '../foundation/name-statements.ts'
import type { JobRow } from '../foundation/schema/jobs.ts'
import { type Draft, describeRequest, draftEvent, draftRow, standAlone } from './new-job.ts'
import { columns, readRow, type StoredRow } from './stored-row.ts'

/** A job that waits for no other, with the key that it is asked for under. */
export interface SharedDraft extends Draft {
  idempotency?: { key: string; bodyHash: string } | undefined
  /** Whether it is only to be recorded under the spec that the app has. */
  underCurrentSpec?: boolean | undefined
  /** What it uses and was not judged by: it is only to be recorded where none of them is another app's. */
  unjudged?: readonly Repository[] | undefined
}

/** So many in one statement: it is to end long before the time that statements have. */
const mostAtOnce = 200

/** By the pool of their ledger. */
const recorders = new WeakMap<Pool, (entry: Entry) => Promise<JobRow | undefined>>()

interface Entry {
  draft: SharedDraft
  deadline: Deadline | undefined
}

/**
 * Records a job that waits for no other, in one statement with those that are asked for meanwhile: each has its key, row, first event,
 * message and audit entry, or nothing, and none fails for another's sake.
 * @returns undefined where nothing was kept and one has to look why, or to wait: the key is taken, the app is not there or is just being
 * retired, its spec is another, what it uses is another app's, or the statement failed
 */
export function recordTogether(ledger: Ledger, draft: SharedDraft): Promise<JobRow | undefined> {
  const { pool } = ledger
  const record = recorders.get(pool) ?? gather((entries: readonly Entry[]) => recordAll(pool, entries), mostAtOnce)
  recorders.set(pool, record)
  return record({ draft, deadline: currentDeadline() })
}

type Answer = JobRow | undefined | Error

async function recordAll(pool: Pool, entries: readonly Entry[]): Promise<Answer[]> {
  if (entries.every(findLateness)) return entries.map(findLateness)
  const client = await pool.connect()
  const answers = new Map<Entry, Answer>(entries.map((entry) => [entry, findLateness(entry)]))
  const inTime = entries.filter((entry) => answers.get(entry) === undefined)
  const values = prepare(inTime)
  if (!values) {
    client.release()
    return entries.map((entry) => answers.get(entry))
  }
  // It commits by itself: from here on who asks after one of them hears that it is on its way.
  for (const { deadline } of inTime) deadline?.begin()
  const { rows, error } = await say(client, values)
  for (const entry of inTime) {
    const row = rows.get(entry.draft.id)
    entry.deadline?.end(row !== undefined || error instanceof InDoubtError)
    answers.set(entry, row ? readOwn(row) : error)
  }
  return entries.map((entry) => answers.get(entry))
}

function findLateness({ deadline }: Entry): Error | undefined {
  try {
    deadline?.check()
    return undefined
  } catch (error) {
    return error as Error
  }
}

/** @returns undefined where there is nothing to say: none is in time, or one of them cannot be written, and each says so alone */
function prepare(entries: readonly Entry[]): string[] | undefined {
  if (entries.length === 0) return undefined
  try {
    return writeValues(entries.map(({ draft }) => draft))
  } catch {
    return undefined
  }
}

/** It is kept, whether it can be read or not: that concerns nobody else. */
function readOwn(row: StoredRow): JobRow | Error {
  try {
    return readRow(row)
  } catch (error) {
    return error as Error
  }
}

/** By the id of the job. */
type Outcome = { rows: Map<unknown, StoredRow>; error?: Error }

/** Never rejects: what went wrong concerns all of them, but for a refusal of the server, which may be for the sake of one. */
async function say(client: PoolClient, values: string[]): Promise<Outcome> {
  const asked = client.query<StoredRow>({ name: 'record-jobs', text: statement, values })
  const answer = await asked.catch((error: Error) => error)
  if (answer instanceof Error) return judge(client, answer)
  client.release()
  return { rows: new Map(answer.rows.map((row) => [row.id, row])) }
}

function judge(client: PoolClient, error: Error): Outcome {
  const isRefused = error instanceof DatabaseError && !/^(08|57P0)/.test(error.code ?? '')
  client.release(!isRefused || isOfOldPlan(error))
  if (!isRefused) return { rows: new Map(), error: new InDoubtError(error) }
  return { rows: new Map(), ...(isLedgerAway(error) && error.code !== tookTooLong && { error }) }
}

/** It waited for a lock: that of one of them, as a rule. */
const tookTooLong = '57014'

function writeValues(drafts: readonly SharedDraft[]): string[] {
  const written = drafts.map((draft, place) => {
    const start = standAlone(draft.job)
    const { type, data } = draftEvent(start)
    const entry = describeRequest(draft, start)
    const { key, bodyHash } = draft.idempotency ?? {}
    const { id, by, underCurrentSpec = false, unjudged = [] } = draft
    return {
      row: nameColumns(draftRow(draft, start)),
      fact: {
        ...{ id, place, actor: by.actor, key, body_hash: bodyHash, current: underCurrentSpec, type, data },
        ...{ action: entry.action, detail: canonicalJson(detailOf(entry)) },
        repositories: unjudged.map(({ name }) => name),
      },
    }
  })
  return [toStorableJson(written.map(({ row }) => row)), toStorableJson(written.map(({ fact }) => fact))]
}

type DraftRow = ReturnType<typeof draftRow>

/** `queued_at` is the server's to say. */
function nameColumns({ queuedAt: _queuedAt, ...row }: DraftRow): StoredRow {
  const given = new Map(Object.entries(row))
  return Object.fromEntries(columns.flatMap(({ name, stored }) => (given.has(name) ? [[stored, given.get(name)]] : [])))
}

/** What a draft says of its row; all else begins as the table has it. */
const drafted: Record<Exclude<keyof DraftRow, 'queuedAt'>, true> = {
  ...{
    id: true,
    kind: true,
    app: true,
    environment: true,
    specVersion: true,
    request: true,
    resolved: true,
    next: true,
  },
  ...{ parentId: true, deliverySeq: true, requestedBy: true, maxFailures: true, maxLosses: true, priority: true },
  ...{ approval: true, selfApproval: true, queue: true, state: true, waitingFor: true, attempt: true, inLine: true },
  ...{ correlationId: true, traceparent: true, eventSeq: true },
}
const given = columns.filter(({ name }) => name in drafted).map(({ stored }) => stored)

/**
 * One trip for all. Keys are taken in order, so that two such statements do not wait for each other in turn. A key that an open transaction
 * holds is waited for, as long as statements may take, and all of these with it; an app that is being retired is not. The trail comes after
 * keys, apps and jobs, as in `transact`: Postgres runs what the answer does not read in an order of its own, but events and messages lock
 * nothing that others wait for. Whose a repository is, is decided as in `selectForeign`.
 */
const statement = `with drafts as materialized (
  select * from jsonb_populate_recordset(null::jobs, $1)
), facts as materialized (
  select * from jsonb_to_recordset($2) as fact(id uuid, place integer, actor text, key text, body_hash text, current boolean,
    type text, data jsonb, action text, detail text, repositories text[])
), standing as materialized (
  select app, spec_version from apps where app in (select app from drafts) and retired_at is null
  order by app for key share skip locked
), denied as materialized (
  select drafts.id from drafts join facts using (id) cross join lateral unnest(facts.repositories) as used(name)
  cross join lateral (
    select bool_or(grants.app = drafts.app) as is_own from grants
    where kind = 'repository' and grants.name = used.name and context = '' and access = 'own'
  ) as owned where not is_own
), able as materialized (
  select drafts.id from drafts join facts using (id) join standing using (app)
  where (not facts.current or standing.spec_version = drafts.spec_version) and drafts.id not in (select id from denied)
), keyed as (
  insert into idempotency_keys (actor, key, body_hash, job_id)
  select actor, key, body_hash, id from facts join able using (id) where key is not null order by actor, key
  on conflict do nothing returning job_id
), recorded as (
  insert into jobs (${given.join(', ')}, queued_at)
  select ${given.map((one) => `drafts.${one}`).join(', ')}, case when drafts.state = 'queued' then now() end
  from drafts join facts using (id) join able using (id)
  where facts.key is null or id in (select job_id from keyed) order by place
  returning *
), told as (
  insert into events (job_id, seq, type, data) select id, event_seq, type, data from recorded join facts using (id)
), sent as (
  insert into outbox (job_id, attempt, kind, priority)
  select id, attempt, kind, priority from recorded where state = 'queued' order by seq
), traced as (
  insert into audit (actor, action, app, environment, job_id, detail)
  select actor, action, app, environment, id, detail::json from recorded join facts using (id) order by seq
)
select ${columns.map(({ stored }) => stored).join(', ')} from recorded`
