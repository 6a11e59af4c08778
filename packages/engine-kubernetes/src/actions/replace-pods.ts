import { openWriter } from '../client/namespace.ts'
import { keys } from '../spec/labels.ts'
import { readClusterRevision, type Workload } from '../state/workload.ts'
import type { Action, ReleaseAction } from './action.ts'

/** As `kubectl rollout restart` does; what fails is taken back. */
export async function replacePods(
  action: ReleaseAction,
  name: string,
  awaitReplaced: () => Promise<void>,
): Promise<void> {
  const former = await markPods(action, name)
  try {
    await awaitReplaced()
  } catch (error) {
    await unmark(action, name, former)
    throw error
  }
}

/** @returns the mark before, null where there was none or it is the job's own */
export async function markPods({ writer, context: { jobId } }: Action, name: string): Promise<string | null> {
  let former: string | null = null
  await writer.change('Deployment', name, ({ spec }) => {
    const mark = readMark({ spec })
    if (mark === jobId) return undefined
    former = mark
    return markedBy(jobId)
  })
  return former
}

/** What the job's own restart of it began goes back to the pods before, which may still run. */
export async function returnPods({ writer, context: { jobId } }: Action, workload: Workload): Promise<void> {
  if (readMark(workload.deployment) !== jobId) return
  const [latest] = workload.replicaSets
    .filter((set) => readMark(set) !== jobId)
    .toSorted((a, b) => readClusterRevision(b) - readClusterRevision(a))
  const former = latest ? readMark(latest) : null
  await writer.change('Deployment', workload.deployment.metadata.name, ({ spec }) =>
    readMark({ spec }) === jobId ? markedBy(former) : undefined,
  )
}

function readMark({ spec: { template } }: Pick<Workload['deployment'], 'spec'> | Workload['replicaSets'][number]) {
  return template.metadata?.annotations?.[keys.restart] ?? null
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
  await writer
    .change('Deployment', name, ({ spec }) => (readMark({ spec }) === context.jobId ? markedBy(former) : undefined))
    .catch((error: unknown) => context.log(`could not take the restart back: ${error}`))
}
