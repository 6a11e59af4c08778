import { type EnvironmentSpec, FailureError, listVolumes } from '@stevedore/contract'
import type { Outcome } from '../attempt/outcome.ts'
import type { Run } from '../attempt/run.ts'
import { judgeWorld } from './rollout/judge-world.ts'
import { tellLinks } from './rollout/links.ts'
import { rollOut } from './rollout/roll-out.ts'

/** Makes an earlier revision serve again, as it was but for its secrets, and pins the environment to it. */
export async function rollback(run: Run<'rollback'>): Promise<Outcome> {
  const { app, environment, resolved } = run.job
  const { toRevision } = resolved
  await run.secrets.hideGiven(run.job)
  const found = await run.ledger.getRevision(app, environment, toRevision)
  if (!found) throw new FailureError('image-missing', { diagnosis: `revision ${toRevision} is no longer kept` })
  const { settings } = found
  const held = run.isFinished('plan') ? undefined : await judgeWorld(run, { app, environment, settings })
  if (held) return held
  tellOfVolumes(run, settings)
  for (const line of await tellLinks(run, { app, environment, settings })) run.log(line)
  return rollOut(run, { revision: { ...found, settings: withoutWaiting(found.settings) }, pin: true, unpin: false })
}

function tellOfVolumes(run: Run<'rollback'>, settings: EnvironmentSpec): void {
  const names = listVolumes(settings).map(({ name }) => name)
  if (names.length > 0) run.log(`not turned back, since data is no part of a revision: ${names.join(', ')}`)
}

/** A return is not tried out step by step: what is known to be good takes over as soon as it is healthy. */
function withoutWaiting(settings: EnvironmentSpec): EnvironmentSpec {
  const { strategy } = settings
  if (strategy.type === 'canary' && strategy.controller === 'stevedore')
    return { ...settings, strategy: { type: 'blue-green', scaleDownDelay: '0s' }, migrate: undefined }
  return { ...settings, migrate: undefined }
}
