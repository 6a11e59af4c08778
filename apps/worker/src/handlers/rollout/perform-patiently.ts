import { FailureError } from '@stevedore/contract'
import { retryCall, type WorkContext } from '@stevedore/engine'
import { type EngineAction, perform } from './perform.ts'
import type { Rollout } from './rollout.ts'

const pauseMs = 1_000

/** What the action under way last met that was slow of the machinery; nothing once it is done. */
export interface Slowness {
  last: FailureError | undefined
}

/**
 * Carries an action out; what was slow of the machinery is tried again within the deploy's own time, since every action works from what is
 * there. Once that time is over, the slowness is what the deploy failed of, and not its time.
 */
export async function performPatiently(
  rollout: Rollout,
  action: EngineAction,
  context: WorkContext,
  slowness: Slowness,
): Promise<null> {
  const { signal, log } = context
  const tellSlow = (error: unknown) => {
    if (!(error instanceof FailureError) || error.code !== 'engine-slow') return undefined
    slowness.last = error
    log(`once more, since it was slow: ${error.diagnosis ?? error.message}`)
    return pauseMs
  }
  await retryCall(() => perform(rollout, action, context), { signal, pauseMs: tellSlow })
  slowness.last = undefined
  return null
}
