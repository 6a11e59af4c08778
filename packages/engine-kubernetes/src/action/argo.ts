import type { CanaryStrategy } from '@stevedore/contract'
import { EngineError } from '@stevedore/engine'
import { sleep } from '../cluster/retry.ts'
import { buildRollout } from '../manifest/rollout.ts'
import { nameEnvSecret } from '../manifest/secret.ts'
import { type KubernetesPlace, keys, nameObjects } from '../names.ts'
import { takePicture } from '../state/picture.ts'
import { draw, type ReleaseWork } from './work.ts'
import { writeAround } from './write-objects.ts'

/** The strategy when a place is carried out by Argo Rollouts. */
export function argoStrategy({ settings: { strategy } }: KubernetesPlace): CanaryStrategy | undefined {
  return strategy.type === 'canary' && strategy.controller === 'argo' ? strategy : undefined
}

/** Writes the release as a `Rollout` and follows it to its end; its own controller takes the canary's steps. */
export async function rollByArgo(work: ReleaseWork, strategy: CanaryStrategy): Promise<void> {
  const { place, writer } = work
  const { argo, minor } = await writer.describe()
  if (!argo)
    throw new EngineError('config-missing', { diagnosis: 'the cluster does not have the CRD rollouts.argoproj.io' })
  const picture = await takePicture(writer, place)
  await writeAround(work, await draw(writer, place, picture), picture)
  const rollout = buildRollout(place, strategy, { minor, envSecret: await nameEnvSecret(place) })
  const found = await writer.get('Rollout', nameObjects(place).main)
  if (found?.metadata?.labels?.[keys.revision] !== String(place.revision)) await writer.apply(rollout, true)
  await followRollout(work)
}

async function followRollout({ place, writer, context, deadlineAt }: ReleaseWork): Promise<void> {
  const name = nameObjects(place).main
  let told = ''
  for (;;) {
    const rollout = await writer.get('Rollout', name)
    if (!rollout) throw new EngineError('needs-attention', { diagnosis: `Rollout ${name} was deleted meanwhile` })
    const { phase = 'Progressing', message = '', observedGeneration } = rollout.status ?? {}
    const current = Number(observedGeneration ?? 0) >= (rollout.metadata?.generation ?? 0)
    if (current && phase !== told) {
      told = phase
      context.log(`Rollout ${name}: ${phase}${message ? `, ${message}` : ''}`)
      if (phase === 'Paused') context.event('rollout.paused', { by: 'argo' })
    }
    if (current && phase === 'Healthy') return
    if (current && phase === 'Degraded')
      throw new EngineError(/abort/i.test(message) ? 'aborted' : 'never-healthy', {
        diagnosis: `Rollout ${name}: ${message}`,
      })
    if (performance.now() > deadlineAt)
      throw new EngineError('deploy-deadline', { diagnosis: `Rollout ${name} is ${phase}: ${message}` })
    await sleep(1_000, context.signal)
  }
}
