import type { V1Pod } from '@kubernetes/client-node'
import { durationMs, FailureError } from '@stevedore/contract'
import { describeTraffic } from '../failure/explain.ts'
import { askPod } from '../failure/probe-answer.ts'
import { wholeSeconds } from '../spec/probes.ts'
import { freshPods, isReady, type Picture, takePicture } from '../state/place-state.ts'
import { draw, type ReleaseWork } from './action.ts'
import { slotsOf } from './choose-slot.ts'
import { runJob } from './run-job.ts'

/** Asks one replica of the release, or runs a Job that finds its address in CHECK_URL. */
export async function check(work: ReleaseWork): Promise<void> {
  const { check: wish } = work.place.settings
  if (!wish) return
  const picture = await takePicture(work.writer, work.place)
  const pod = findReplica(picture, work.place.revision)
  if (wish.path !== undefined) return askReplica(work, pod, wish.path, durationMs(wish.timeout), picture)
  const address = pod.status?.podIP ?? ''
  const host = address.includes(':') ? `[${address}]` : address
  const env = { CHECK_URL: `http://${host}:${work.place.settings.containerPort}` }
  const job = { role: 'check' as const, command: wish.command ?? [], timeoutSeconds: wholeSeconds(wish.timeout), env }
  const blueprint = await draw(work.writer, work.place, picture)
  await runJob(work, { blueprint, wish: job, code: 'check-failed', picture })
}

function findReplica(picture: Picture, revision: number): V1Pod {
  const [slot] = slotsOf(picture, revision)
  const pod = slot && freshPods(slot).find(isReady)
  if (!pod)
    throw new FailureError('check-failed', { diagnosis: `revision ${revision} has no healthy replica to check` })
  return pod
}

async function askReplica(
  work: ReleaseWork,
  pod: V1Pod,
  path: string,
  timeoutMs: number,
  picture: Picture,
): Promise<void> {
  const name = pod.metadata?.name ?? ''
  const { status, text } = await askPod(work.writer, name, work.place.settings.containerPort, path, timeoutMs)
  work.context.log(`check: ${path} on ${name} answered ${status}`)
  if (status >= 200 && status < 400) return
  throw new FailureError('check-failed', {
    diagnosis: `${path} on ${name} answered ${status}: ${text}\n${describeTraffic(picture)}`,
  })
}
