import type { JobState } from '@stevedore/contract'

/** Every legal move of a job. What is not here cannot happen; a final state has no way out. */
export const transitions: Record<JobState, readonly JobState[]> = {
  queued: ['running', 'cancelled', 'superseded'],
  running: ['waiting', 'queued', 'succeeded', 'failed', 'cancelled'],
  waiting: ['queued', 'failed', 'cancelled', 'superseded'],
  succeeded: [],
  failed: [],
  cancelled: [],
  superseded: [],
}

export function isLegalTransition(from: JobState, to: JobState): boolean {
  return transitions[from].includes(to)
}
