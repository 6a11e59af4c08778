import type { V1Job, V1Pod } from '@kubernetes/client-node'
import type { FailureCode } from '@stevedore/contract'
import { FailureError } from '@stevedore/contract'
import { ApiError } from '../client/api-error.ts'
import { readLogTail, streamLog } from '../client/pod.ts'
import { sleep } from '../client/retry.ts'
import { describeTraffic, readWarnings, reportTrouble } from '../failure/explain.ts'
import { findPodTrouble } from '../failure/pod-trouble.ts'
import { buildJob, type JobWish, nameJob } from '../spec/job.ts'
import { keys } from '../spec/names.ts'
import type { Blueprint } from '../spec/release-manifests.ts'
import type { Picture } from '../state/place-state.ts'
import type { ReleaseWork } from './action.ts'
import { createClock } from './await-workload.ts'

const pollMs = 400

/**
 * Runs a Job of the release to its end with its output in the log. One that succeeded is not run again; one that another worker
 * started is followed; one whose failure has been told is run anew.
 * @throws FailureError with `code` when the command fails, with what keeps its pod from running otherwise
 */
export async function runJob(
  work: ReleaseWork,
  { blueprint, wish, code, picture }: { blueprint: Blueprint; wish: JobWish; code: FailureCode; picture: Picture },
): Promise<void> {
  const { place, writer } = work
  const name = nameJob(place, wish.role)
  const found = await writer.get('Job', name)
  if (found && outcomeOf(found) === 'succeeded') return
  if (found?.metadata?.annotations?.[keys.reported]) await removeJob(work, name)
  if (!found || found.metadata?.annotations?.[keys.reported])
    await writer.apply(buildJob(place, blueprint.template, wish), true)
  const ended = await followJob(work, name, picture)
  if (ended.outcome === 'succeeded') return
  const failure = await describeFailure(work, code, ended, picture)
  await writer.change('Job', name, () => ({ metadata: { annotations: { [keys.reported]: work.context.jobId } } }))
  throw failure
}

interface EndedJob {
  outcome: 'succeeded' | 'failed'
  job: V1Job
  pod: V1Pod | undefined
}

async function followJob(work: ReleaseWork, name: string, picture: Picture): Promise<EndedJob> {
  const { writer, context } = work
  const clock = createClock()
  let logged = false
  for (;;) {
    const [job, [pod]] = await Promise.all([
      writer.get('Job', name),
      writer.list('Pod', { labels: { 'job-name': name } }),
    ])
    if (!job) throw new FailureError('needs-attention', { diagnosis: `Job ${name} was deleted meanwhile` })
    if (pod && !logged && hasStarted(pod)) {
      logged = true
      await copyLog(work, pod)
      continue
    }
    const outcome = outcomeOf(job)
    if (outcome) return { outcome, job, pod }
    const trouble = pod && clock([findPodTrouble(pod, Number.POSITIVE_INFINITY)].filter((one) => one !== undefined))
    if (trouble) throw await reportTrouble(writer, trouble, picture)
    await sleep(pollMs, context.signal)
  }
}

function hasStarted({ status }: V1Pod): boolean {
  return (status?.containerStatuses ?? []).some(({ state }) => state?.running || state?.terminated)
}

/** A stream that breaks off is not begun again: the lines would come twice. */
async function copyLog({ writer, context }: ReleaseWork, { metadata, spec }: V1Pod): Promise<void> {
  const container = spec?.containers[0]?.name ?? ''
  try {
    for await (const line of streamLog(writer, metadata?.name ?? '', { container, follow: true })) context.log(line)
  } catch (error) {
    context.signal.throwIfAborted()
    if (!(error instanceof ApiError)) context.log(`the output broke off: ${(error as Error).message}`)
  }
}

function outcomeOf({ status }: V1Job): EndedJob['outcome'] | undefined {
  const holds = (type: string) => status?.conditions?.some((one) => one.type === type && one.status === 'True')
  if (holds('Complete')) return 'succeeded'
  return holds('Failed') ? 'failed' : undefined
}

async function describeFailure(
  { writer, place }: ReleaseWork,
  code: FailureCode,
  { job, pod }: EndedJob,
  picture: Picture,
): Promise<FailureError> {
  const name = pod?.metadata?.name
  const container = pod?.spec?.containers[0]?.name
  const ended = pod?.status?.containerStatuses?.[0]?.state?.terminated
  const late = job.status?.conditions?.some(({ reason }) => reason === 'DeadlineExceeded')
  const lines = name && container ? await readLogTail(writer, name, { container, tailLines: 20 }) : []
  const warnings = lines.length === 0 ? await readWarnings(writer, job.metadata?.name ?? '') : []
  const how = late ? 'did not end in time' : `exited with code ${ended?.exitCode ?? 'unknown'}`
  const diagnosis = [
    `Job ${job.metadata?.name} of revision ${place.revision} ${how}`,
    ...lines,
    ...warnings,
    describeTraffic(picture),
  ]
  return new FailureError(code, { diagnosis: diagnosis.join('\n') })
}

async function removeJob({ writer, context }: ReleaseWork, name: string): Promise<void> {
  await writer.remove('Job', name)
  while (await writer.get('Job', name)) await sleep(pollMs, context.signal)
}
