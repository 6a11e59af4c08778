import type { JobView } from '@stevedore/contract'
import { formatDuration } from '../../parts/time.ts'

const sentences: Partial<Record<string, (job: JobView) => string>> = {
  approval: () => 'It waits for somebody else than who asked for it to approve it.',
  environment: ({ place }) =>
    place === null || place === 0
      ? 'It waits for the job that holds its environment.'
      : `It waits in the line of its environment, with ${place} before it.`,
  pause: () => 'The rollout is paused by its plan.',
  promotion: () => 'The rollout is paused until somebody promotes or resumes it.',
  retry: ({ failures, maxFailures }) =>
    `It failed, and is tried again: ${failures} of ${maxFailures} failures are used.`,
  engine: () => 'The engine does not answer. It is asked again.',
  registry: () => 'The registry does not answer. It is asked again.',
  source: () => 'The source does not answer. It is fetched again.',
  restored: () => 'What runs is newer than what the ledger knows. Promote it to go over that, or adopt what runs.',
  worker: ({ kind }) => `No worker that lives takes a ${kind}. Start one: stevedore worker`,
}

/** Why a job is not at work, and until when; undefined where it is, or is done. */
export function explainWait(job: JobView, nowMs: number): string | undefined {
  const { state, waitingFor, waitNote, dueAt } = job
  if (waitingFor === null)
    return state === 'queued' ? 'It is ready, and begins as soon as a worker has room for it.' : undefined
  const sentence = waitNote ?? sentences[waitingFor]?.(job) ?? `It waits for ${waitingFor}.`
  const leftMs = dueAt === null ? undefined : Date.parse(dueAt) - nowMs
  return leftMs === undefined || leftMs <= 0
    ? sentence
    : `${sentence} It goes on by itself in ${formatDuration(leftMs)}.`
}
