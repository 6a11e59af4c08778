import type {
  EnvironmentByKind,
  FollowUp,
  JobControl,
  JobFailure,
  JobKind,
  JobResult,
  JobState,
  RequestByKind,
  ResolvedByKind,
  WaitReason,
} from '@stevedore/contract'
import type { JobRow } from '../foundation/schema/jobs.ts'

/** What a job of a kind is about. */
interface Work<K extends JobKind> {
  kind: K
  environment: EnvironmentByKind[K]
  /** What was asked for. */
  request: RequestByKind[K]
  /** What it came to mean when it was recorded. */
  resolved: ResolvedByKind[K]
}

interface JobFacts {
  id: string
  /** The order in which jobs were recorded. */
  seq: number
  app: string
  specVersion: number
  /** What its pipeline records when it has succeeded. */
  next: FollowUp[]
  state: JobState
  /** The fence: 0 until it is first made ready for a worker. */
  attempt: number
  failures: number
  maxFailures: number
  losses: number
  maxLosses: number
  /** When the first of the attempts in a row failed that found something away. */
  outageSince: Date | null
  /** How many these are. */
  outageTries: number
  priority: number
  waitingFor: WaitReason | null
  dueAt: Date | null
  control: JobControl
  /** Percent. */
  progress: number
  /** Of its output, as far as that is kept. */
  logBytes: number
  workerId: string | null
  leaseUntil: Date | null
  result: JobResult | null
  error: JobFailure | null
  parentId: string | null
  requestedBy: string
  correlationId: string
  /** W3C traceparent of what asked for it. */
  traceparent: string | null
  createdAt: Date
  queuedAt: Date | null
  startedAt: Date | null
  finishedAt: Date | null
}

export type Job<K extends JobKind = JobKind> = { [One in K]: Work<One> & JobFacts }[K]

interface NewJobFacts {
  app: string
  specVersion: number
  next?: FollowUp[]
  parentId?: string
  /** The place among all deliveries of the one that its pipeline began with: its place among the deploys of its environment goes by that. */
  deliverySeq?: number | null
  /** As BullMQ has it: 0 (none, the default) is taken first, then 1, 2, 3 …. */
  priority?: number
  /** 3 by default. */
  maxFailures?: number
  /** 3 by default. */
  maxLosses?: number
  /** Waits for an approver first. */
  approval?: boolean
  /** Who asked for it may also be the approver. */
  selfApproval?: boolean
  /** Whether its environment keeps only the latest waiting deploy (the default) or all. */
  queue?: 'latest' | 'all'
}

export type NewJob<K extends JobKind = JobKind> = { [One in K]: Work<One> & NewJobFacts }[K]

/** What a deploy or rollback brings, or a command runs in; null of all else. */
export function imageOf({ resolved }: Pick<Job, 'resolved'>): string | null {
  return 'image' in resolved ? resolved.image : null
}

export function toJob(row: JobRow): Job {
  const { inLine: _inLine, approval: _approval, selfApproval: _self, queue: _queue, ...kept } = row
  const { deliverySeq: _deliverySeq, eventSeq: _eventSeq, ...job } = kept
  if (!isOfOneKind(job)) throw new Error(`job ${job.id} is a ${job.kind}, but its documents are of another kind`)
  return job
}

/** The kind stands in the row and in its documents; deploys, rollbacks and commands, and they alone, have an environment. */
function isOfOneKind(
  job: Omit<JobFacts, 'id'> & Pick<JobRow, 'kind' | 'environment' | 'request' | 'resolved'>,
): job is Job {
  const { kind, environment, request, resolved } = job
  const isPlaced = kind === 'deploy' || kind === 'rollback' || kind === 'run'
  return request.kind === kind && resolved.kind === kind && (environment !== null) === isPlaced
}
