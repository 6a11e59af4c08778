import type { FollowUp, JobControl, JobFailure, JobKind, JobPayload, JobState, WaitReason } from '@stevedore/contract'
import type { JobRow } from './schema/jobs.ts'

export interface Job {
  id: string
  /** The order in which jobs were recorded. */
  seq: number
  kind: JobKind
  app: string
  environment: string | null
  specVersion: number
  request: Record<string, unknown>
  payload: JobPayload
  next: FollowUp[]
  state: JobState
  /** The fence: 0 until it is first made ready for a worker. */
  attempt: number
  failures: number
  maxFailures: number
  losses: number
  maxLosses: number
  priority: number
  waitingFor: WaitReason | null
  dueAt: Date | null
  control: JobControl
  /** Percent. */
  progress: number
  workerId: string | null
  leaseUntil: Date | null
  result: Record<string, unknown> | null
  error: JobFailure | null
  parentId: string | null
  requestedBy: string
  correlationId: string
  createdAt: Date
  queuedAt: Date | null
  startedAt: Date | null
  finishedAt: Date | null
}

export interface NewJob {
  kind: JobKind
  app: string
  environment?: string | undefined
  specVersion: number
  request: Record<string, unknown>
  payload: JobPayload
  next?: FollowUp[]
  parentId?: string
  /** Lower goes first, as BullMQ has it; 0 by default. */
  priority?: number
  /** 3 by default. */
  maxFailures?: number
  /** 3 by default. */
  maxLosses?: number
  /** Waits for an approver first. */
  approval?: boolean
  /** Whether its environment keeps only the latest waiting deploy (the default) or all. */
  queue?: 'latest' | 'all'
}

export function toJob(row: JobRow): Job {
  const { inLine: _inLine, approval: _approval, queue: _queue, eventSeq: _eventSeq, logBytes: _logBytes, ...job } = row
  return job
}
