/** Facts of a job that watchers are told, in a sequence without gaps per job. */
export const eventTypes = [
  'job.queued',
  'job.started',
  'job.waiting',
  'job.resumed',
  'job.cancel-requested',
  'job.control-requested',
  'job.retry-scheduled',
  'job.rescued',
  'job.succeeded',
  'job.failed',
  'job.cancelled',
  'job.superseded',
  'step.started',
  'step.progress',
  'step.succeeded',
  'step.failed',
  'image.built',
  'image.pushed',
  'replica.started',
  'replica.healthy',
  'replica.unhealthy',
  'replica.stopped',
  'traffic.shifted',
  'analysis.sampled',
  'rollout.paused',
  'rollout.aborted',
  'rollout.observed',
  'environment.removed',
  'changes.previewed',
] as const
export type EventType = (typeof eventTypes)[number]

export interface JobEvent {
  jobId: string
  /** 1, 2, 3 … within the job: the SSE id. */
  seq: number
  type: EventType
  at: string
  data: Record<string, unknown>
}
