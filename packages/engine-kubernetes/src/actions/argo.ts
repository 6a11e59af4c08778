import { FailureError } from '@stevedore/contract'
import type { NamespaceReader } from '../client/namespace.ts'
import { sleep } from '../client/retry.ts'
import { belongsTo, keys, nameObjects } from '../spec/names.ts'
import { takePicture } from '../state/place-state.ts'
import { selectedSlots } from '../state/traffic.ts'
import { draw, type ReleaseWork, type Work } from './action.ts'
import { selectSlots } from './select.ts'
import { writeAround } from './write-objects.ts'

/** Writes the release as a `Rollout` and follows it to its end; its own controller takes the canary's steps. */
export async function rollByArgo(work: ReleaseWork): Promise<void> {
  const { place, writer } = work
  await requireArgo(writer)
  const picture = await takePicture(writer, place)
  const blueprint = await draw(writer, place, picture)
  await writeAround(work, blueprint, picture)
  const looked = await takePicture(writer, place)
  if (selectedSlots(looked).length === 0) await selectSlots(work, ['main'], looked, { wait: false })
  if (picture.main?.revision !== place.revision && blueprint.rollout) await writer.apply(blueprint.rollout, true)
  await followRollout(work)
}

/** @throws FailureError `config-missing` */
export async function requireArgo(reader: NamespaceReader): Promise<void> {
  const { argo } = await reader.describe()
  if (!argo)
    throw new FailureError('config-missing', { diagnosis: 'the cluster does not have the CRD rollouts.argoproj.io' })
}

async function followRollout({ place, writer, context, deadlineAt }: ReleaseWork): Promise<void> {
  const name = nameObjects(place).main
  let told = ''
  for (;;) {
    const rollout = await writer.get('Rollout', name)
    if (!rollout) throw new FailureError('needs-attention', { diagnosis: `Rollout ${name} was deleted meanwhile` })
    const { phase = 'Progressing', message = '', observedGeneration } = rollout.status ?? {}
    const current = Number(observedGeneration ?? 0) >= (rollout.metadata?.generation ?? 0)
    if (current && phase !== told) {
      told = phase
      context.log(`Rollout ${name}: ${phase}${message ? `, ${message}` : ''}`)
      if (phase === 'Paused') context.event('rollout.paused', { by: 'argo' })
    }
    if (current && phase === 'Healthy') return
    if (current && phase === 'Degraded')
      throw new FailureError(/abort/i.test(message) ? 'aborted' : 'never-healthy', {
        diagnosis: `Rollout ${name}: ${message}`,
      })
    if (performance.now() > deadlineAt)
      throw new FailureError('deploy-deadline', { diagnosis: `Rollout ${name} is ${phase}: ${message}` })
    await sleep(1_000, context.signal)
  }
}

/** Ends what the place ran before it was given to Argo, once the release is in full. */
export async function settleByArgo({ place, writer, context }: ReleaseWork): Promise<void> {
  const names = nameObjects(place)
  const rollout = await writer.get('Rollout', names.main)
  if (rollout?.metadata?.labels?.[keys.revision] !== String(place.revision) || rollout.status?.phase !== 'Healthy')
    throw new FailureError('needs-attention', {
      diagnosis: `Rollout ${names.main} is not healthy at revision ${place.revision}`,
    })
  for (const name of [names.next, names.main]) {
    const deployment = await writer.get('Deployment', name)
    if (deployment && belongsTo(deployment, place)) await writer.remove('Deployment', name)
  }
  context.event('rollout.observed', { revision: place.revision })
}

/** A failed first release is stopped; shares of a canary are Argo's own business. */
export async function scaleDownByArgo({ place, writer }: Work, revision: number, count: number): Promise<void> {
  await writer.change('Rollout', nameObjects(place).main, ({ metadata }) =>
    count === 0 && metadata?.labels?.[keys.revision] === String(revision) ? { spec: { replicas: 0 } } : undefined,
  )
}
