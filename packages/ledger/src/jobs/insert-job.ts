import { randomUUID } from 'node:crypto'
import type { NewEvent } from '@stevedore/contract'
import { decideVerb, enterLine } from '@stevedore/domain'
import { and, eq } from 'drizzle-orm'
import type { PgInsertValue } from 'drizzle-orm/pg-core'
import type { By } from '../foundation/append-audit.ts'
import { now } from '../foundation/clock.ts'
import { takeOnly } from '../foundation/rows.ts'
import { events } from '../foundation/schema/attempts.ts'
import { revisions } from '../foundation/schema/environments.ts'
import { type JobRow, jobs } from '../foundation/schema/jobs.ts'
import type { Transaction } from '../foundation/transact.ts'
import { type EnvironmentKey, type LineRow, lockLine, readHolder, setHolder } from '../line/line.ts'
import { selectJob } from '../line/lock.ts'
import { explainOvertaken } from '../line/overtaking.ts'
import { applyControl } from './control-job.ts'
import type { NewJob } from './job.ts'
import { announce, applyTransition } from './transition.ts'

interface JobToRecord {
  id: string
  job: NewJob
  /** For whom it runs; `by` is who records it. */
  requestedBy: string
  by: By
}

type Start = { state: 'queued' } | { state: 'waiting'; waitingFor: 'approval' | 'environment' }

/** The environment in whose line a new job will stand. Deploys and rollbacks go one at a time; a dry run waits for nobody. */
export function newLineKey(job: NewJob): EnvironmentKey | undefined {
  const { kind, app, environment, resolved } = job
  if (environment === null || (kind === 'deploy' && 'dryRun' in resolved && resolved.dryRun)) return undefined
  return { app, environment }
}

/** Records a job, its place in line, its first event and, when it can run at once, its message. The caller has locked its environment. */
export async function insertJob(tx: Transaction, given: Omit<JobToRecord, 'id'> & { id?: string }): Promise<JobRow> {
  const entry = { id: randomUUID(), ...given }
  const key = newLineKey(entry.job)
  const { start, overtaken } = key ? await takePlace(tx, key, entry) : { start: standAlone(entry.job) }
  const row = takeOnly(await tx.db.insert(jobs).values(toRow(entry, start)).returning(), `the new job ${entry.id}`)
  if (key && start.state === 'queued') await setHolder(tx, key, row.id)
  await tx.db.insert(events).values({ jobId: row.id, seq: 1, ...firstEvent(row) })
  if (start.state === 'queued') await announce(tx, row)
  recordRequest(tx, row, start, entry.by)
  if (!overtaken) return row
  const ended = await applyTransition(tx, { jobId: row.id, from: row }, { to: 'superseded', ...overtaken }, entry.by)
  return ended ?? row
}

const standAlone = (job: NewJob): Start =>
  job.approval ? { state: 'waiting', waitingFor: 'approval' } : { state: 'queued' }

interface Place {
  start: Start
  /** By the deploy of a later push: it ends where it stands and moves nobody. */
  overtaken?: { by: string; reason: string } | undefined
}

async function takePlace(tx: Transaction, key: EnvironmentKey, entry: JobToRecord): Promise<Place> {
  const line = await lockLine(tx, key)
  const { kind, deliverySeq: delivery = null, queue = 'latest' } = entry.job
  const overtaken = await explainOvertaken(tx, key, line, { kind, delivery, queue })
  if (overtaken) return { start: { state: 'waiting', waitingFor: 'environment' }, overtaken }
  return { start: await clearWay(tx, key, line, entry) }
}

/** Moves the others as the domain says, and says how the newcomer starts. */
async function clearWay(
  tx: Transaction,
  key: EnvironmentKey,
  line: readonly LineRow[],
  { id, job, by }: JobToRecord,
): Promise<Start> {
  const kind = job.kind === 'rollback' ? 'rollback' : 'deploy'
  const entry = enterLine(line, {
    ...{ kind, approval: job.approval ?? false, queue: job.queue ?? 'latest' },
    adopts: 'adopt' in job.resolved,
  })
  // The holder last: it hands the environment on to the next in line, who is to be none of those that end with it.
  const superseded = line.filter((member) => entry.supersedes.includes(member.id))
  for (const member of superseded.toSorted((a, b) => Number(a.active) - Number(b.active)))
    await supersede(tx, member, id, by)
  const holder = line.find((member) => member.id === entry.aborts)
  if (holder) await abortHolder(tx, holder, id, by)
  if (entry.start.state === 'waiting' && entry.start.waitingFor === 'environment')
    return (await readHolder(tx.db, key)) === null ? { state: 'queued' } : entry.start
  return entry.start
}

/** The revision of one that had begun never came to serve. */
async function supersede(tx: Transaction, member: LineRow, newcomer: string, by: By): Promise<void> {
  const failed = await tx.db
    .update(revisions)
    .set({ state: 'failed' })
    .where(and(eq(revisions.jobId, member.id), eq(revisions.state, 'pending')))
    .returning()
  for (const { app, environment, number } of failed)
    tx.record({ by, action: 'revision.failed', app, environment, jobId: member.id, detail: { number } })
  await applyTransition(tx, { jobId: member.id, from: member }, { to: 'superseded', by: newcomer }, by)
}

/** One that no worker has begun gives way at once; any other is asked to return its traffic and end. */
async function abortHolder(tx: Transaction, holder: LineRow, newcomer: string, by: By): Promise<void> {
  const row = await selectJob(tx, holder.id)
  if (row.control.abort) return
  if (row.state === 'queued' && row.startedAt === null) return supersede(tx, holder, newcomer, by)
  const effect = decideVerb('abort', { ...row, begun: true })
  const asked = effect.kind === 'refused' ? ({ kind: 'control', control: { abort: true } } as const) : effect
  await applyControl(tx, row, 'abort', asked, by)
}

/** Only what a new job has: one that is retried brings the rest of the old one's life along. */
function toRow({ id, job, requestedBy, by }: JobToRecord, start: Start): PgInsertValue<typeof jobs> {
  const { kind, app, environment, specVersion, request, resolved, next = [], parentId = null, deliverySeq = null } = job
  const { maxFailures = 3, maxLosses = 3, priority = 0, approval = false, selfApproval = false, queue = 'latest' } = job
  const isQueued = start.state === 'queued'
  return {
    ...{ id, kind, app, environment, specVersion, request, resolved, next, parentId, deliverySeq, requestedBy },
    ...{ maxFailures, maxLosses, priority, approval, selfApproval, queue },
    state: start.state,
    waitingFor: isQueued ? null : start.waitingFor,
    attempt: isQueued ? 1 : 0,
    queuedAt: isQueued ? now : null,
    inLine: newLineKey(job) !== undefined,
    correlationId: by.correlationId,
    traceparent: by.traceparent ?? null,
    eventSeq: 1,
  }
}

function firstEvent({ waitingFor, attempt }: JobRow): NewEvent {
  return waitingFor === null ? { type: 'job.queued', data: { attempt } } : { type: 'job.waiting', data: { waitingFor } }
}

function recordRequest(tx: Transaction, row: JobRow, start: Start, by: By): void {
  const { id: jobId, app, environment, kind, request, requestedBy, parentId } = row
  const detail = { ...start, kind, request, requestedBy, parentId }
  tx.record({ by, action: 'job.requested', app, environment, jobId, detail })
}
