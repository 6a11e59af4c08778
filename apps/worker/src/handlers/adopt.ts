import { findEnvironment } from '@stevedore/admission'
import { type EnvironmentSpec, FailureError, stepResults } from '@stevedore/contract'
import type { Observation, WorkContext } from '@stevedore/engine'
import type { Outcome } from '../attempt/outcome.ts'
import type { Run } from '../attempt/run.ts'
import { conclude } from './rollout/conclude.ts'
import { takeFromImage } from './rollout/from-image.ts'
import { takeFiles } from './rollout/from-source.ts'
import { look } from './rollout/observe.ts'

/**
 * Takes what runs in an environment for its revision, under the number that it runs with and by the settings of the spec: where the ledger
 * is a restored copy, or never knew the app. Nothing that runs is touched; what differs from the settings is shown as drift.
 */
export async function adopt(run: Run<'deploy'>): Promise<Outcome> {
  run.expectSteps(1)
  const { app, environment } = run.job
  const declared = findEnvironment(run.spec, environment)
  const settings = run.isFinished('adopt') ? declared : await takeFiles(run, declared)
  const { number } = await run.step('adopt', stepResults.revision, (context) => record(run, settings, context), {
    signal: run.leaseSignal,
  })
  const revision = await run.ledger.getRevision(app, environment, number)
  if (!revision) throw new Error(`revision ${number} of ${app} in ${environment} is gone`)
  return conclude(run, revision, { pin: false, unpin: true })
}

async function record(
  run: Run<'deploy'>,
  settings: EnvironmentSpec,
  context: WorkContext,
): Promise<{ number: number }> {
  const { app, environment, specVersion } = run.job
  const seen = await look(run, { app, environment, settings })
  const { revision: number, image, version = `r${number}` } = chooseServing(seen)
  run.log(`revision ${number} runs ${image}`)
  const own = await takeFromImage(run, { settings, image }, context)
  const highest = Math.max(...seen.replicas.map(({ revision }) => revision))
  const given = { app, environment, number, highest, image, version, settings: own, specVersion }
  await run.ledger.adoptRevision(given)
  return { number }
}

/**
 * A replica of the revision that gets most of the traffic, the newer one of two that get the same; where nobody knows who gets it, of the
 * only one. Those of other tools have no number.
 */
function chooseServing({ replicas, traffic }: Observation) {
  const share = ({ revision }: { revision: number }) => traffic[revision] ?? 0
  const own = replicas
    .flatMap(({ image, state, process, ...one }) =>
      image && state !== 'leaving' && one.revision > 0 && process === undefined ? [{ ...one, image }] : [],
    )
    .toSorted((a, b) => share(b) - share(a) || b.revision - a.revision)
  const [first] = own
  if (!first) throw new FailureError('nothing-to-adopt')
  const numbers = [...new Set(own.map(({ revision }) => revision))]
  if (share(first) > 0 || numbers.length === 1) return first
  throw new FailureError('nothing-to-adopt', {
    diagnosis: `revisions ${numbers.join(', ')} run, and none is seen to get traffic: end those that are not meant, or deploy a version`,
  })
}
