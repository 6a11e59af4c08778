import type { Outcome } from '../../attempt/outcome.ts'
import type { Run } from '../../attempt/run.ts'
import { viewObservation } from '../../observation.ts'
import { tryObserve } from './observe.ts'
import type { RolloutRequest, RolloutRevision } from './rollout.ts'

interface Conclusion extends Pick<RolloutRequest, 'pin' | 'unpin'> {
  /** The colour that stays warm beside it, and for how long. */
  warm?: { revision: number; delayMs: number } | undefined
}

/**
 * Records that the revision serves, then looks. It was seen to serve before: a look that fails after that says nothing against it, and
 * the observer's next one shows what there is.
 */
export async function conclude(
  run: Run,
  revision: RolloutRevision,
  { pin, unpin, warm }: Conclusion,
): Promise<Outcome & { type: 'succeeded' }> {
  const { app, environment, number, image, version, target } = revision
  await run.ledger.activateRevision({ app, environment, number, pin, unpin, warm })
  const seen = await tryObserve(run, revision)
  if (!seen) {
    run.log('the engine does not answer just now: what serves is shown when it does')
    const result = { revision: number, image, version, target, address: null, traffic: { [number]: 100 } }
    return { type: 'succeeded', result }
  }
  const { replicas, traffic, address } = viewObservation(seen, revision.settings, run.redact)
  run.event('rollout.observed', { replicas, traffic, address })
  return { type: 'succeeded', result: { revision: number, image, version, target, address, traffic } }
}
