import { findAwaited, isForRetry } from '@stevedore/contract'
import type { Attempt } from './open.ts'
import type { Settled } from './settle.ts'

/** Tells operators how the attempt ended: one log line, and the metrics. */
export function report({ worker, job, message, logger, startedAtMs }: Attempt, settled: Settled): void {
  const { kind } = job
  const outcome = settled.outcome.type
  const { metrics } = worker
  metrics.jobRun.observe({ kind, outcome }, (performance.now() - startedAtMs) / 1000)
  if ('transition' in settled) {
    const { transition } = settled
    if (transition.to === 'waiting' && isForRetry(transition.waitingFor))
      metrics.jobRetries.inc({ kind, code: transition.failure?.code ?? 'internal' })
    else if (transition.to !== 'waiting' && transition.to !== 'queued')
      metrics.tasksProcessed.inc({ kind, outcome: transition.to })
  }
  if (settled.outcome.type === 'failed' && findAwaited(settled.outcome.failure.code) === 'engine') worker.sites.doubt()
  const failure = 'failure' in settled.outcome && { failure: settled.outcome.failure }
  logger.info({ kind, outcome, ...failure }, 'attempt ended')
  worker.tell({ type: 'attempt.ended', ...message, outcome })
}
