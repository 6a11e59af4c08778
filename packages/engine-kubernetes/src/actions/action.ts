import type { V1Deployment } from '@kubernetes/client-node'
import { durationMs, FailureError } from '@stevedore/contract'
import type { WorkContext } from '@stevedore/engine'
import type { NamespaceReader, NamespaceWriter } from '../client/namespace.ts'
import { sleep } from '../client/retry.ts'
import { describeTraffic } from '../failure/explain.ts'
import type { KubernetesPlace, KubernetesRelease } from '../spec/names.ts'
import { type Blueprint, drawBlueprint } from '../spec/release-manifests.ts'
import { loadBase } from '../state/load-base.ts'
import { type Picture, takePicture } from '../state/place-state.ts'
import { isServing } from '../state/traffic.ts'

/** What an action is done with. */
export interface Work<P extends KubernetesPlace = KubernetesPlace> {
  place: P
  writer: NamespaceWriter
  context: WorkContext
  /** On `performance`'s clock, which no change of the machine's time moves. */
  deadlineAt: number
}
export type ReleaseWork = Work<KubernetesRelease>

export function startWork<P extends KubernetesPlace>(place: P, writer: NamespaceWriter, context: WorkContext): Work<P> {
  return { place, writer, context, deadlineAt: performance.now() + durationMs(place.settings.timeout) }
}

/** Quick enough to follow pods that start within a second, slow enough for many deploys at once. */
const pollMs = 250

/** One picture after the other until the caller has seen enough. @throws FailureError `deploy-deadline` */
export async function* watchPlace({ place, writer, deadlineAt }: Work): AsyncGenerator<Picture> {
  for (;;) {
    const picture = await takePicture(writer, place)
    yield picture
    if (performance.now() > deadlineAt)
      throw new FailureError('deploy-deadline', {
        diagnosis: `not done within ${place.settings.timeout}\n${describeTraffic(picture)}`,
      })
    await sleep(pollMs, writer.signal)
  }
}

export async function draw(reader: NamespaceReader, release: KubernetesRelease, picture: Picture): Promise<Blueprint> {
  const served = await reader.describe()
  const adopted: V1Deployment | undefined = picture.adopted ? picture.main?.deployment : undefined
  const serving = isServing(picture, 'next') && !isServing(picture, 'main') ? 'next' : 'main'
  const base = release.settings.manifests === undefined ? undefined : await loadBase(release, picture, reader.signal)
  return drawBlueprint({ release, served, adopted, base, serving })
}
