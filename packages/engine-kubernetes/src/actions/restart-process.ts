import { openProcess } from '@stevedore/engine'
import { openWriter } from '../client/namespace.ts'
import { keys } from '../spec/labels.ts'
import { nameProcess } from '../spec/processes.ts'
import type { Action, ReleaseAction } from './action.ts'
import { awaitUp } from './roll-processes.ts'

/** As `kubectl rollout restart` does, by the K8sDeployment's own rolling update. Marked by its job, so that a repeat goes on with it. */
export async function restartProcess(action: ReleaseAction, process: string): Promise<void> {
  const { place, context } = action
  const name = nameProcess(place, process, place.revision)
  let former: string | null = null
  await action.writer.change('Deployment', name, ({ spec }) => {
    const mark = spec.template.metadata?.annotations?.[keys.restart] ?? null
    if (mark === context.jobId) return undefined
    former = mark
    return markedBy(context.jobId)
  })
  try {
    await awaitUp(action, process, openProcess(place, process).settings.replicas)
  } catch (error) {
    await unmark(action, name, former)
    throw error
  }
}

function markedBy(job: string | null) {
  return { spec: { template: { metadata: { annotations: { [keys.restart]: job } } } } }
}

const unmarkMs = 15_000

/** The former pods are still there, since none ends before its successor is ready; beyond a lost fence another worker goes on. */
async function unmark(
  { writer: { cluster, namespace }, context }: Action,
  name: string,
  former: string | null,
): Promise<void> {
  const writer = openWriter(cluster, namespace, context, AbortSignal.timeout(unmarkMs))
  const isOwn = (mark: string | undefined) => mark === context.jobId
  await writer
    .change('Deployment', name, ({ spec }) =>
      isOwn(spec.template.metadata?.annotations?.[keys.restart]) ? markedBy(former) : undefined,
    )
    .catch((error: unknown) => context.log(`could not take the restart back: ${error}`))
}
