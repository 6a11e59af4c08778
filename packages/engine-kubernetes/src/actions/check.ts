import { durationMs, FailureError } from '@stevedore/contract'
import type { Pod } from '../client/kinds.ts'
import { askPod } from '../client/pod.ts'
import { wholeSeconds } from '../spec/lifecycle.ts'
import { nameHost } from '../spec/names.ts'
import type { PlaceState } from '../state/place-state.ts'
import { findWorkloads } from '../state/traffic.ts'
import { freshPods, isReady } from '../state/workload.ts'
import { buildManifests, type ReleaseAction, readState } from './action.ts'
import { runJob } from './run-job.ts'

/** Asks one replica of the release, or runs a Job that finds its address in CHECK_URL. */
export async function check(action: ReleaseAction): Promise<void> {
  const { writer, place } = action
  const { check: wanted, containerPort } = place.settings
  if (!wanted) return
  const state = await readState(action)
  const pod = findReplica(state, place.revision)
  if (wanted.path !== undefined) return askReplica(action, pod, wanted.path, durationMs(wanted.timeout))
  const env = { CHECK_URL: `http://${nameHost(pod.status?.podIP ?? '')}:${containerPort}` }
  const { template } = await buildManifests(writer, place, state)
  const { command = [], timeout } = wanted
  await runJob(action, template, { role: 'check', command, timeoutSeconds: wholeSeconds(timeout), env })
}

function findReplica(state: PlaceState, revision: number): Pod {
  const [best] = findWorkloads(state, revision)
  const pod = best && freshPods(best).find(isReady)
  if (!pod)
    throw new FailureError('check-failed', { diagnosis: `revision ${revision} has no healthy replica to check` })
  return pod
}

async function askReplica(
  { writer, place, context }: ReleaseAction,
  { metadata }: Pod,
  path: string,
  timeoutMs: number,
): Promise<void> {
  const { name } = metadata
  const { status, text } = await askPod(writer, { pod: name, port: place.settings.containerPort, path, timeoutMs })
  context.log(`check: ${path} on ${name} answered ${status}`)
  if (status >= 200 && status < 400) return
  throw new FailureError('check-failed', { diagnosis: `${path} on ${name} answered ${status}: ${text}` })
}
