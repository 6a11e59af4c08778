import { deepStrictEqual } from 'node:assert'
import {
  type AuditEntry,
  type AuditVerification,
  type EventType,
  isFinal,
  type JobEvent,
  type JobState,
  type ResolvedJob,
} from '@stevedore/contract'
import { isLegalTransition } from '@stevedore/domain'
import {
  type Attempt,
  type Job,
  type Ledger,
  listAttempts,
  listAudit,
  listEvents,
  listJobs,
  verifyAudit,
} from '@stevedore/ledger'

const all = 100_000

/** What must be true of every ledger once its work is over, whatever happened to those who did it. */
export async function assertInvariants(ledger: Ledger): Promise<void> {
  deepStrictEqual(await findViolations(ledger), [])
}

/** The rules that are broken, in words. */
export async function findViolations(ledger: Ledger): Promise<string[]> {
  return judgeHistories(await readHistories(ledger))
}

/** All that a ledger tells of its jobs. */
export interface Histories {
  verification: AuditVerification
  /** Newest first. */
  histories: History[]
}

/** Reads the ledger through its public operations alone. */
export async function readHistories(ledger: Ledger): Promise<Histories> {
  const verification = await verifyAudit(ledger)
  const audit = await listAudit(ledger, { limit: all })
  const histories: History[] = []
  for (const job of await listJobs(ledger, { limit: all }))
    histories.push({
      job,
      moves: readMoves(audit, job),
      attempts: await listAttempts(ledger, job.id),
      events: await listEvents(ledger, { jobId: job.id, after: 0, limit: all }),
    })
  return { verification, histories }
}

export function judgeHistories({ verification, histories }: Histories): string[] {
  const found = verification.ok ? [] : [`the audit trail is broken at ${verification.firstBroken?.seq}`]
  found.push(...judgeEnvironments(histories.map(({ job }) => job)))
  for (const history of histories) {
    const { job } = history
    const broken = [...judgeMoves(history), ...judgeAttempts(history), ...judgeEvents(history)]
    found.push(...broken.map((rule) => `${job.kind} ${job.id}: ${rule}`))
  }
  return found
}

export interface History {
  job: Job
  moves: { from: JobState | undefined; to: JobState }[]
  attempts: Attempt[]
  events: JobEvent[]
}

/** The job's states by the audit trail: its start, then each transition. */
function readMoves(audit: AuditEntry[], job: Job): History['moves'] {
  return audit
    .filter(({ jobId, action }) => jobId === job.id && (action === 'job.requested' || action === 'job.transition'))
    .map(({ action, detail }) =>
      action === 'job.requested'
        ? { from: undefined, to: detail.state as JobState }
        : { from: detail.from as JobState, to: detail.to as JobState },
    )
}

/** An environment has one deploy or rollback at a time, from its first claim to its end. */
function judgeEnvironments(jobs: Job[]): string[] {
  const rollouts = jobs.filter(({ resolved }) => resolved.kind === 'rollback' || isRealDeploy(resolved))
  const lines = Map.groupBy(rollouts, ({ app, environment }) => `${app} ${environment}`)
  return [...lines].flatMap(([place, line]) => {
    const begun = line.filter(({ startedAt }) => startedAt).sort((a, b) => Number(a.startedAt) - Number(b.startedAt))
    return begun.flatMap((job, index) => {
      const before = begun[index - 1]
      return before && Number(before.finishedAt ?? Number.POSITIVE_INFINITY) > Number(job.startedAt)
        ? [`${place}: ${job.kind} ${job.id} began before ${before.kind} ${before.id} had ended`]
        : []
    })
  })
}

function isRealDeploy(resolved: ResolvedJob): boolean {
  return resolved.kind === 'deploy' && !('dryRun' in resolved && resolved.dryRun)
}

function judgeMoves({ job, moves, events }: History): string[] {
  const broken: string[] = []
  if (!isFinal(job.state)) broken.push(`it has not ended: ${job.state}`)
  moves.forEach(({ from, to }, index) => {
    if (from !== moves[index - 1]?.to) broken.push(`it left ${from} while it was ${moves[index - 1]?.to}`)
    if (from && !isLegalTransition(from, to)) broken.push(`it went from ${from} to ${to}`)
  })
  if (moves.at(-1)?.to !== job.state) broken.push(`it is ${job.state}, the trail says ${moves.at(-1)?.to}`)
  const told = events.map(({ type }) => stateOf[type]).filter((state) => state !== undefined)
  const trail = moves.map(({ to }) => to)
  if (told.join() !== trail.join()) broken.push(`watchers were told ${told}, the trail says ${trail}`)
  return broken
}

function judgeAttempts({ job, moves, attempts }: History): string[] {
  const broken: string[] = []
  const count = (state: JobState) => moves.filter(({ to }) => to === state).length
  if (attempts.length !== count('running')) broken.push(`${attempts.length} attempts, ${count('running')} claims`)
  if (job.attempt !== count('queued')) broken.push(`fence ${job.attempt}, made ready ${count('queued')} times`)
  if (job.failures > job.maxFailures) broken.push(`${job.failures} failures of ${job.maxFailures}`)
  // A deploy has one attempt more than others, to return the traffic.
  if (job.losses > job.maxLosses + 1) broken.push(`${job.losses} losses of ${job.maxLosses}`)
  attempts.forEach(({ attempt, startedAt, endedAt }, index) => {
    const before = attempts[index - 1]
    if (endedAt === null) broken.push(`attempt ${attempt} has not ended`)
    if (before && (before.endedAt === null || before.endedAt > startedAt))
      broken.push(`attempts ${before.attempt} and ${attempt} overlap`)
  })
  return broken
}

function judgeEvents({ job, events }: History): string[] {
  const broken: string[] = []
  const numbers = events.map(({ seq }) => seq)
  if (numbers.some((seq, index) => seq !== index + 1)) broken.push(`events are numbered ${numbers}`)
  const last = events.at(-1)?.type
  if (last !== `job.${job.state}`) broken.push(`its last event is ${last}`)
  return broken
}

const stateOf: Partial<Record<EventType, JobState>> = {
  'job.queued': 'queued',
  'job.resumed': 'queued',
  'job.rescued': 'queued',
  'job.started': 'running',
  'job.waiting': 'waiting',
  'job.retry-scheduled': 'waiting',
  'job.succeeded': 'succeeded',
  'job.failed': 'failed',
  'job.cancelled': 'cancelled',
  'job.superseded': 'superseded',
}
