/** The sorts of job. */
export const jobKinds = ['build', 'push', 'deploy', 'rollback', 'run'] as const
export type JobKind = (typeof jobKinds)[number]

/** Where a job stands; the last four are final. */
export const jobStates = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled', 'superseded'] as const
export type JobState = (typeof jobStates)[number]

export const finalStates = ['succeeded', 'failed', 'cancelled', 'superseded'] as const satisfies readonly JobState[]

export function isFinal(state: JobState): boolean {
  return (finalStates as readonly JobState[]).includes(state)
}

/**
 * Why a job waits, which keeps no worker busy: a person's approval, the environment's running deploy, a timed or untimed pause
 * of a canary, the delay before another attempt, an engine, a registry or a source that is away, or a person's word on what runs
 * although the ledger, which may be a restored copy, knows nothing of it, or a worker that can do it: callers are told so of a queued job
 * as well, of which no row says it.
 */
export const waitReasons = [
  'approval',
  'environment',
  'pause',
  'promotion',
  'retry',
  'engine',
  'registry',
  'source',
  'restored',
  'worker',
] as const
export type WaitReason = (typeof waitReasons)[number]

const retried: readonly WaitReason[] = ['retry', 'engine', 'registry', 'source', 'worker']

/** Whether it waits for nothing but its own next attempt. */
export function isForRetry(reason: WaitReason | null): boolean {
  return reason !== null && retried.includes(reason)
}

/** Why a job is made ready for a worker once more. */
export const queueReasons = [
  'due',
  'approved',
  'resumed',
  'promoted',
  'next-in-line',
  'worker-lost',
  'handed-over',
  'aborted',
  'cancelled',
] as const
export type QueueReason = (typeof queueReasons)[number]

export const stepStates = ['running', 'succeeded', 'failed', 'cancelled'] as const
export type StepState = (typeof stepStates)[number]

/** What a person may ask of a job; each is `POST /v1/jobs/:id/<verb>`. */
export const jobVerbs = ['cancel', 'retry', 'approve', 'reject', 'pause', 'resume', 'promote', 'abort'] as const
export type JobVerb = (typeof jobVerbs)[number]

/** The verbs that move or steer the job itself; `retry` makes a new one. */
export const controlVerbs = [
  'cancel',
  'approve',
  'reject',
  'pause',
  'resume',
  'promote',
  'abort',
] as const satisfies readonly Exclude<JobVerb, 'retry'>[]
export type ControlVerb = (typeof controlVerbs)[number]

/** The queue's whole message; everything else is read from the ledger. */
export interface JobMessage {
  jobId: string
  attempt: number
}
