import type { EnvironmentSpec, RollbackPayload } from '@stevedore/contract'
import { FailureError } from '@stevedore/contract'
import { getRevision } from '@stevedore/ledger'
import type { Outcome } from '../executor/outcome.ts'
import type { Run } from '../executor/run.ts'
import { rollOut } from './rollout/roll-out.ts'

/** Makes an earlier revision serve again, as it was, and pins the environment to it. */
export async function rollback(run: Run): Promise<Outcome> {
  const { toRevision } = run.job.payload as RollbackPayload
  const found = await getRevision(run.worker.ledger, run.job.app, run.job.environment as string, toRevision)
  if (!found) throw new FailureError('image-missing', { diagnosis: `revision ${toRevision} is no longer kept` })
  return rollOut(run, { revision: { ...found, settings: withoutWaiting(found.settings) }, pin: true, unpin: false })
}

/** A return is not tried out step by step: what is known to be good takes over as soon as it is healthy. */
function withoutWaiting(settings: EnvironmentSpec): EnvironmentSpec {
  const { strategy } = settings
  if (strategy.type === 'canary' && strategy.controller === 'stevedore')
    return { ...settings, strategy: { type: 'blue-green', scaleDownDelay: '0s' }, migrate: undefined }
  return { ...settings, migrate: undefined }
}
