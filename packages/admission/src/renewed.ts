import { type AppSpec, ProblemError } from '@stevedore/contract'
import type { Revision } from '@stevedore/ledger'
import type { Facts } from './facts.ts'
import { findEnvironment } from './resolve-request.ts'
import { findCurrent } from './used.ts'

/**
 * What an environment runs, where it may be made to run afresh, or in another count.
 * @throws ProblemError where nothing runs, a rollout is held half way, or what runs is not wholly recorded
 */
export async function findRenewed(
  facts: Facts,
  { app, spec }: { app: string; spec: AppSpec },
  environment: string,
): Promise<Revision> {
  const revision = await findCurrent(facts, environment)
  if (!revision) {
    findEnvironment(spec, environment)
    throw new ProblemError(
      'conflict',
      `nothing runs in ${environment} of ${app}: \`stevedore deploy ${app} ${environment}\``,
    )
  }
  const held = await facts.findHeld(environment)
  if (held) {
    const remedy = `\`stevedore promote ${held}\` or \`stevedore abort ${held}\``
    throw new ProblemError(
      'conflict',
      `${environment} of ${app} is between two revisions, since job ${held} is paused: ${remedy}`,
    )
  }
  refuseManifestsOfArgo(revision)
  return revision
}

/** What a cluster remembers of manifests it remembers with a Deployment. */
function refuseManifestsOfArgo({ app, environment, settings }: Revision): void {
  if (settings.engine !== 'kubernetes' || settings.manifests === undefined) return
  const { strategy } = settings
  if (strategy.type !== 'canary' || strategy.controller !== 'argo') return
  const reason = 'Argo Rollouts has what its manifests made, and the source may hold others by now'
  throw new ProblemError('policy-violation', `${reason}: \`stevedore deploy ${app} ${environment}\``)
}
