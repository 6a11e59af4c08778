import { FailureError } from '@stevedore/contract'
import { sleep, type WorkContext } from '@stevedore/engine'
import type { ObjectOfKind } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { belongsTo, keys } from '../spec/labels.ts'
import { nameObjects } from '../spec/names.ts'
import { selectedSlots } from '../state/traffic.ts'
import { type Action, buildManifests, type ReleaseAction, readState } from './action.ts'
import { selectSlots } from './route.ts'
import { writeSupporting } from './write-objects.ts'

const pollMs = 1_000

/** Writes the release as a `Rollout` and follows it to its end; its own controller takes the canary's steps. */
export async function rollByArgo(action: ReleaseAction): Promise<void> {
  const { place, writer } = action
  await requireArgo(writer)
  const state = await readState(action)
  const manifests = await buildManifests(writer, place, state)
  await writeSupporting(action, manifests, state)
  const written = await readState(action)
  if (selectedSlots(written).length === 0) await selectSlots(action, ['main'], written, { wait: false })
  if (state.main?.revision !== place.revision && manifests.rollout) await writer.apply(manifests.rollout, true)
  await followRollout(action)
}

/** @throws FailureError `config-missing` */
export async function requireArgo(reader: NamespaceReader): Promise<void> {
  const { argo } = await reader.readCapabilities()
  if (!argo)
    throw new FailureError('config-missing', { diagnosis: 'the cluster does not have the CRD rollouts.argoproj.io' })
}

async function followRollout({ place, writer, context, deadlineAt }: ReleaseAction): Promise<void> {
  const name = nameObjects(place).main
  let pausedMs = 0
  for (let told = '', since = performance.now(); ; await sleep(pollMs, context.signal)) {
    const rollout = await writer.get('Rollout', name)
    if (!rollout) throw new FailureError('needs-attention', { diagnosis: `Rollout ${name} was deleted meanwhile` })
    const { phase, message } = readPhase(rollout)
    if (phase !== '' && phase !== told) tellPhase(context, `Rollout ${name}`, phase, message)
    told = phase || told
    if (phase === 'Healthy') return
    const diagnosis = `Rollout ${name} is ${phase || 'not taken up by its controller'}: ${message}`
    if (phase === 'Degraded')
      throw new FailureError(/abort/i.test(message) ? 'aborted' : 'never-healthy', { diagnosis })
    const now = performance.now()
    if (phase === 'Paused') pausedMs += now - since
    since = now
    if (now > deadlineAt + pausedMs) throw new FailureError('deploy-deadline', { diagnosis })
  }
}

function tellPhase({ log, event }: WorkContext, name: string, phase: string, message: string): void {
  log(`${name}: ${phase}${message ? `, ${message}` : ''}`)
  if (phase === 'Paused') event('rollout.paused', { until: null, by: 'argo' })
}

/** Empty until the controller has seen the present generation. */
function readPhase({ status, metadata }: ObjectOfKind['Rollout']): { phase: string; message: string } {
  const { phase = 'Progressing', message = '', observedGeneration = 0 } = status ?? {}
  const isCurrent = Number(observedGeneration) >= (metadata.generation ?? 0)
  return { phase: isCurrent ? phase : '', message }
}

/** Ends what the place ran before it was given to Argo, once the release is in full. */
export async function finalizeByArgo({ place, writer }: ReleaseAction): Promise<void> {
  const { main, next } = nameObjects(place)
  const rollout = await writer.get('Rollout', main)
  if (rollout?.metadata.labels?.[keys.revision] !== String(place.revision) || rollout.status?.phase !== 'Healthy')
    throw new FailureError('needs-attention', {
      diagnosis: `Rollout ${main} is not healthy at revision ${place.revision}`,
    })
  for (const name of [next, main]) {
    const deployment = await writer.get('Deployment', name)
    if (deployment && belongsTo(deployment, place)) await writer.remove('Deployment', name)
  }
}

/** A failed first release is stopped; shares of a canary are Argo's own business. */
export async function scaleDownByArgo({ place, writer }: Action, revision: number, count: number): Promise<void> {
  await writer.change('Rollout', nameObjects(place).main, ({ metadata }) =>
    count === 0 && metadata.labels?.[keys.revision] === String(revision) ? { spec: { replicas: 0 } } : undefined,
  )
}
