import { randomUUID } from 'node:crypto'
import type { NewEvent } from '@stevedore/contract'
import { decideVerb, placeInLine } from '@stevedore/domain'
import { eq } from 'drizzle-orm'
import { announce, applyTransition } from './apply-transition.ts'
import type { By } from './audit/append-audit.ts'
import type { NewJob } from './job.ts'
import { type EnvironmentKey, type LineRow, lockLine, readHolder, setHolder } from './line.ts'
import { events } from './schema/events.ts'
import { type JobRow, jobs } from './schema/jobs.ts'
import { now } from './time.ts'
import type { Transaction } from './transact.ts'
import { applyWish } from './wish.ts'

interface Request {
  id?: string
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
export async function insertJob(tx: Transaction, request: Request): Promise<JobRow> {
  const { id = randomUUID(), job, by } = request
  const key = newLineKey(job)
  const start = key ? await takePlace(tx, key, id, job, by) : standAlone(job)
  const row = await writeRow(tx, id, request, start)
  if (key && start.state === 'queued') await setHolder(tx, key, id)
  await writeFirstEvent(tx, row)
  if (start.state === 'queued') await announce(tx, row)
  tx.record({
    by,
    action: 'job.requested',
    app: row.app,
    environment: row.environment,
    jobId: id,
    detail: { ...start, kind: row.kind, request: row.request, requestedBy: row.requestedBy, parentId: row.parentId },
  })
  return row
}

const standAlone = (job: NewJob): Start =>
  job.approval ? { state: 'waiting', waitingFor: 'approval' } : { state: 'queued' }

/** Clears the way as the domain says, and says how the newcomer starts. */
async function takePlace(tx: Transaction, key: EnvironmentKey, id: string, job: NewJob, by: By): Promise<Start> {
  const line = await lockLine(tx, key)
  const kind = job.kind === 'rollback' ? 'rollback' : 'deploy'
  const place = placeInLine(line, { kind, approval: job.approval ?? false, queue: job.queue ?? 'latest' })
  const find = (jobId: string | undefined) => line.find((member) => member.id === jobId)
  for (const member of place.supersedes.map(find)) if (member) await supersede(tx, member, id, by)
  const holder = find(place.aborts)
  if (holder) await abortHolder(tx, holder, id, by)
  if (place.start.state === 'waiting' && place.start.waitingFor === 'environment')
    return (await readHolder(tx.db, key)) === null ? { state: 'queued' } : place.start
  return place.start
}

async function supersede(tx: Transaction, member: LineRow, newcomer: string, by: By): Promise<void> {
  await applyTransition(tx, { jobId: member.id, from: member }, { to: 'superseded', by: newcomer }, by)
}

/** One that no worker has begun gives way at once; any other is asked to return its traffic and end. */
async function abortHolder(tx: Transaction, holder: LineRow, newcomer: string, by: By): Promise<void> {
  const [row] = await tx.db.select().from(jobs).where(eq(jobs.id, holder.id))
  if (!row || row.control.abort) return
  if (row.state === 'queued' && row.startedAt === null) return supersede(tx, holder, newcomer, by)
  const effect = decideVerb('abort', { ...row, begun: true })
  await applyWish(tx, row, 'abort', effect.kind === 'refused' ? { kind: 'wish', control: { abort: true } } : effect, by)
}

async function writeRow(tx: Transaction, id: string, { job, requestedBy, by }: Request, start: Start): Promise<JobRow> {
  const queued = start.state === 'queued'
  const [row] = await tx.db
    .insert(jobs)
    .values({
      id,
      kind: job.kind,
      app: job.app,
      environment: job.environment,
      specVersion: job.specVersion,
      request: job.request,
      resolved: job.resolved,
      next: job.next ?? [],
      state: start.state,
      waitingFor: queued ? null : start.waitingFor,
      attempt: queued ? 1 : 0,
      queuedAt: queued ? now : null,
      maxFailures: job.maxFailures ?? 3,
      maxLosses: job.maxLosses ?? 3,
      priority: job.priority ?? 0,
      inLine: newLineKey(job) !== undefined,
      approval: job.approval ?? false,
      queue: job.queue ?? 'latest',
      parentId: job.parentId ?? null,
      requestedBy,
      correlationId: by.correlationId,
      eventSeq: 1,
    })
    .returning()
  return row as JobRow
}

async function writeFirstEvent(tx: Transaction, job: JobRow): Promise<void> {
  const event: NewEvent =
    job.waitingFor === null
      ? { type: 'job.queued', data: { attempt: job.attempt } }
      : { type: 'job.waiting', data: { waitingFor: job.waitingFor } }
  await tx.db.insert(events).values({ jobId: job.id, seq: 1, ...event })
}
