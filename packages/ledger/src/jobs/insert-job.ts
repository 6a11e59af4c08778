import { randomUUID } from 'node:crypto'
import { decideVerb, enterLine } from '@stevedore/domain'
import type { By } from '../foundation/append-audit.ts'
import { and, eq } from '../foundation/drizzle.ts'
import { takeOnly } from '../foundation/rows.ts'
import { events } from '../foundation/schema/attempts.ts'
import { revisions } from '../foundation/schema/environments.ts'
import { type JobRow, jobs } from '../foundation/schema/jobs.ts'
import type { Transaction } from '../foundation/transact.ts'
import { type EnvironmentKey, type LineRow, lockLine, readHolder, setHolder } from '../line/line.ts'
import { selectJob } from '../line/lock.ts'
import { explainOvertaken } from '../line/overtaking.ts'
import { applyControl } from './control-job.ts'
import { type Draft, describeRequest, draftEvent, draftRow, newLineKey, type Start, standAlone } from './new-job.ts'
import { announce, applyTransition } from './transition.ts'

/** Records a job, its place in line, its first event and, when it can run at once, its message. The caller has locked its environment. */
export async function insertJob(tx: Transaction, given: Omit<Draft, 'id'> & { id?: string }): Promise<JobRow> {
  const entry = { id: randomUUID(), ...given }
  const key = newLineKey(entry.job)
  const { start, overtaken } = key ? await takePlace(tx, key, entry) : { start: standAlone(entry.job) }
  const row = takeOnly(await tx.db.insert(jobs).values(draftRow(entry, start)).returning(), `the new job ${entry.id}`)
  if (key && start.state === 'queued') await setHolder(tx, key, row.id)
  await tx.db.insert(events).values({ jobId: row.id, seq: 1, ...draftEvent(start) })
  if (start.state === 'queued') await announce(tx, row)
  tx.record(describeRequest(entry, start))
  if (!overtaken) return row
  const ended = await applyTransition(tx, { jobId: row.id, from: row }, { to: 'superseded', ...overtaken }, entry.by)
  return ended ?? row
}

interface Place {
  start: Start
  /** By the deploy of a later push: it ends where it stands and moves nobody. */
  overtaken?: { by: string; reason: string } | undefined
}

async function takePlace(tx: Transaction, key: EnvironmentKey, entry: Draft): Promise<Place> {
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
  { id, job, by }: Draft,
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
