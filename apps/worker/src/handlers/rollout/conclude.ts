import { listVolumes } from '@stevedore/contract'
import type { Outcome } from '../../attempt/outcome.ts'
import type { Run } from '../../attempt/run.ts'
import { viewObservation } from '../../observation.ts'
import { tryObserve } from './observe.ts'
import type { RolloutRequest, RolloutRevision } from './rollout.ts'

interface Conclusion extends Pick<RolloutRequest, 'pin' | 'unpin'> {
  /** The colour that stays warm beside it, and for how long. */
  warm?: { revision: number; delayMs: number } | undefined
  /** For how long nothing served. */
  downMs?: number | undefined
}

/**
 * Records that the revision serves, then looks. It was seen to serve before: a look that fails after that says nothing against it, and
 * the observer's next one shows what there is.
 */
export async function conclude(
  run: Run,
  revision: RolloutRevision,
  { pin, unpin, warm, downMs }: Conclusion,
): Promise<Outcome & { type: 'succeeded' }> {
  const { app, environment, number, image, version, target } = revision
  await run.ledger.activateRevision({ app, environment, number, pin, unpin, warm })
  const facts = { revision: number, image, version, target, ...tellOfData(revision, { pin, downMs }) }
  const seen = await tryObserve(run, revision)
  if (!seen) {
    run.log('the engine does not answer just now: what serves is shown when it does')
    return { type: 'succeeded', result: { ...facts, address: null, traffic: { [number]: 100 } } }
  }
  const { replicas, traffic, address } = viewObservation(seen, revision.settings, run.redact)
  run.event('rollout.observed', { replicas, traffic, address })
  return { type: 'succeeded', result: { ...facts, address, traffic } }
}

/** A rollback, which pins, turns back what runs and no data. */
function tellOfData({ settings }: RolloutRevision, { pin, downMs }: Pick<Conclusion, 'pin' | 'downMs'>) {
  const kept = pin ? listVolumes(settings).map(({ name }) => name) : []
  return { ...(downMs === undefined ? {} : { downMs }), ...(kept.length > 0 ? { volumesKept: kept } : {}) }
}
