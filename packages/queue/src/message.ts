import type { JobKind, JobMessage } from '@stevedore/contract'
import type { BulkJobOptions, Job } from 'bullmq'
import type { OutgoingMessage } from './transport.ts'

/** A queue per kind, so that a worker may take some kinds and leave the others. */
export function queueName(kind: JobKind): string {
  return kind
}

/** The transport's id of a message: one per attempt, so that a repeat collapses. BullMQ refuses `:` and bare digits. */
export function messageId(jobId: string, attempt: number): string {
  return `j_${jobId}-${attempt}`
}

/** What stays of handled messages, for the board alone: nothing is decided by it. */
const kept = { age: 86_400, count: 200 }

export function toBulkJob(message: OutgoingMessage) {
  return { name: message.kind, data: toData(message), opts: toOptions(message) }
}

function toData(message: JobMessage): JobMessage {
  return { jobId: message.jobId, attempt: message.attempt }
}

function toOptions(message: OutgoingMessage): BulkJobOptions {
  return {
    jobId: messageId(message.jobId, message.attempt),
    delay: message.delayMs,
    priority: message.priority,
    attempts: 1,
    removeOnComplete: kept,
    removeOnFail: kept,
    stackTraceLimit: 0,
  }
}

/** Reads a message as another process wrote it; undefined when it is none. */
export function parseMessage(job: Job): JobMessage | undefined {
  const { jobId, attempt }: { jobId?: unknown; attempt?: unknown } = Object(job.data)
  if (typeof jobId !== 'string' || typeof attempt !== 'number' || !Number.isSafeInteger(attempt)) return undefined
  return { jobId, attempt }
}
