import {
  type ControlVerb,
  isForRetry,
  type JobControl,
  type JobKind,
  type JobState,
  type QueueReason,
  type WaitReason,
} from '@stevedore/contract'

/** What it does to a job right now when a person asks something of it. */
export type VerbEffect =
  /** The state moves at once. */
  | { kind: 'move'; to: 'cancelled' | 'queued' | 'failed' | 'join-line'; control?: JobControl }
  /** Noted for the running attempt, or for the moment when it runs. */
  | { kind: 'control'; control: JobControl }
  | { kind: 'refused'; reason: string }

interface Subject {
  kind: JobKind
  state: JobState
  waitingFor: WaitReason | null
  control: JobControl
  /** Effects have begun: it must be ended by a worker, which returns the traffic first. */
  begun: boolean
}

type VerbRule = (job: Subject, full: boolean) => VerbEffect

/** Decides by the job's state alone; `retry` makes a new job and is not here. */
export function decideVerb(verb: ControlVerb, job: Subject, full = false): VerbEffect {
  return verbRules[verb](job, full)
}

const verbRules: Record<ControlVerb, VerbRule> = {
  cancel(job) {
    // It has begun, and waits for the worker that cleans up.
    if (job.state === 'queued' && job.begun && job.control.cancel) return refuse(job, 'it is being cancelled already')
    if (job.state === 'queued' || job.state === 'waiting')
      return job.begun ? { kind: 'move', to: 'queued', control: { cancel: true } } : { kind: 'move', to: 'cancelled' }
    if (job.state !== 'running') return refuse(job)
    if (job.kind === 'rollback')
      return { kind: 'refused', reason: 'a rollback that runs is not cancelled: it would leave the traffic in between' }
    return job.control.cancel
      ? refuse(job, 'it is being cancelled already')
      : { kind: 'control', control: { cancel: true } }
  },
  approve(job) {
    return isWaitingFor(job, 'approval') ? { kind: 'move', to: 'join-line' } : refuse(job)
  },
  reject(job) {
    return isWaitingFor(job, 'approval') ? { kind: 'move', to: 'failed' } : refuse(job)
  },
  pause(job) {
    if (!isRollout(job)) return refuse(job)
    const { promote } = job.control
    // A promotion in full that came before is over with it.
    const control: JobControl = { pause: true, ...(promote === 'full' && { promote: undefined }) }
    const effect: VerbEffect = { kind: 'control', control }
    if (job.state === 'running') return job.control.pause ? refuse(job, 'it is being paused already') : effect
    return isWaitingFor(job, 'pause') ? effect : refuse(job)
  },
  resume(job) {
    if (isPaused(job)) return { kind: 'move', to: 'queued', control: { pause: false, promote: 'step' } }
    return job.state === 'running' && job.control.pause ? { kind: 'control', control: { pause: false } } : refuse(job)
  },
  promote(job, full) {
    if (isWaitingFor(job, 'restored')) return { kind: 'move', to: 'queued', control: { over: true } }
    const control: JobControl = { pause: false, promote: full ? 'full' : 'step' }
    if (isPaused(job)) return { kind: 'move', to: 'queued', control }
    return job.state === 'running' && isRollout(job) && full && job.control.promote !== 'full'
      ? { kind: 'control', control }
      : refuse(job)
  },
  abort(job) {
    if (!isRollout(job) || job.control.abort) return refuse(job)
    if (isPaused(job) || isWaitingFor(job, 'restored') || (job.state === 'waiting' && isForRetry(job.waitingFor)))
      return { kind: 'move', to: 'queued', control: { abort: true } }
    return job.state === 'running' ? { kind: 'control', control: { abort: true } } : refuse(job)
  },
}

/**
 * What was asked of a job while its attempt was about to end in a wait, and came too late for it: another attempt is due at once. A
 * rollout keeps the delay before a retry, since its way back may be what failed.
 */
export function findUnheeded(job: Pick<Subject, 'kind' | 'control' | 'waitingFor'>): QueueReason | undefined {
  const { control, waitingFor } = job
  if (isForRetry(waitingFor) && isRollout(job)) return undefined
  if (control.cancel) return 'cancelled'
  if (control.abort) return 'aborted'
  // What runs has to be judged by a person first; a promotion of before was of something else.
  if (waitingFor === 'restored') return undefined
  return control.promote === 'full' ? 'promoted' : undefined
}

function isRollout({ kind }: Pick<Subject, 'kind'>): boolean {
  return kind === 'deploy' || kind === 'rollback'
}

function isWaitingFor(job: Subject, reason: WaitReason): boolean {
  return job.state === 'waiting' && job.waitingFor === reason
}

function isPaused(job: Subject): boolean {
  return isWaitingFor(job, 'pause') || isWaitingFor(job, 'promotion')
}

function refuse(job: Subject, why?: string): VerbEffect {
  return { kind: 'refused', reason: why ?? `the job is ${job.state}${job.waitingFor ? ` for ${job.waitingFor}` : ''}` }
}
