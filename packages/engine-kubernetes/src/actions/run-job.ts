import { FailureError } from '@stevedore/contract'
import { pollUntil, sleep } from '@stevedore/engine'
import { ApiError } from '../client/api-error.ts'
import type { ObjectOfKind, Pod, PodTemplate } from '../client/kinds.ts'
import { streamLog } from '../client/pod.ts'
import { explainTrouble } from '../failure/explain.ts'
import { explainJob } from '../failure/explain-job.ts'
import { findTrouble } from '../failure/find-troubles.ts'
import { createTroubleClock, type TroubleClock } from '../failure/trouble-clock.ts'
import { buildJob, type JobCommand, type JobRole, nameJob } from '../spec/job.ts'
import { belongsTo, keys } from '../spec/labels.ts'
import type { Action, ReleaseAction } from './action.ts'

type Job = ObjectOfKind['Job']

const pollMs = 400

const failureCodes = { migrate: 'migration-failed', check: 'check-failed' } as const satisfies Record<JobRole, string>

/**
 * Runs a Job of the release to its end with its output in the log. One that succeeded is not run again; one that another worker
 * started is followed; one whose failure has been told is run anew.
 * @param template the release's pods
 * @throws FailureError `migration-failed` or `check-failed` when the command fails, with what keeps its pod from running otherwise
 */
export async function runJob(action: ReleaseAction, template: PodTemplate, command: JobCommand): Promise<void> {
  const { place, writer, context } = action
  const name = nameJob(place, command.role)
  const found = await writer.get('Job', name)
  if (found && !belongsTo(found, place)) throw refuseForeignJob(found)
  if (found && outcomeOf(found) === 'succeeded') return
  const isTold = found?.metadata.annotations?.[keys.reported] !== undefined
  if (isTold) await removeJob(action, name)
  if (!found || isTold) await writer.apply(buildJob(place, template, command), true)
  const ended = await followJob(action, name)
  if (!ended) throw new FailureError('needs-attention', { diagnosis: `Job ${name} was deleted meanwhile` })
  const { outcome, job, pod } = ended
  if (outcome === 'succeeded') return
  const failure = await explainJob(writer, { code: failureCodes[command.role], place, job, pod })
  await writer.change('Job', name, () => ({ metadata: { annotations: { [keys.reported]: context.jobId } } }))
  throw failure
}

export function refuseForeignJob({ metadata }: Job): FailureError {
  return new FailureError('policy-violation', {
    diagnosis: `Job ${metadata.name} is there and was not made for this environment: it has to go, or to be renamed`,
  })
}

interface EndedJob {
  outcome: 'succeeded' | 'failed'
  job: Job
  pod: Pod | undefined
}

/**
 * Takes what the pod of a job prints until it ends or the connection does. @param after what the last call gave, where there was one: none comes twice
 * @returns how far it came
 */
export type CopyOutput = (action: Action, pod: Pod, after: string | undefined) => Promise<string>

/** Copies its output, to the log unless it is said otherwise, until it ends; undefined where it is gone. */
export async function followJob(
  action: Action,
  name: string,
  copy: CopyOutput = copyLog,
): Promise<EndedJob | undefined> {
  const clock = createTroubleClock(action.context.log)
  for (let after: string | undefined; ; ) {
    const { job, pod } = await readJob(action, name)
    if (!job) return undefined
    const isFirst = after === undefined
    // A stream that broke off goes on where it was while there is more to come.
    if (pod && (isFirst ? hasStarted(pod) : isRunning(pod))) after = await copy(action, pod, after)
    if (isFirst && after !== undefined) continue
    const outcome = outcomeOf(job)
    if (outcome) return { outcome, job, pod }
    if (pod) await throwIfStuck(action, pod, clock)
    await sleep(pollMs, action.context.signal)
  }
}

async function readJob({ writer }: Action, name: string): Promise<{ job: Job | undefined; pod: Pod | undefined }> {
  const [job, [pod]] = await Promise.all([
    writer.get('Job', name),
    writer.list('Pod', { labels: { 'job-name': name } }),
  ])
  return { job, pod }
}

function hasStarted({ status }: Pod): boolean {
  return (status?.containerStatuses ?? []).some(({ state }) => state?.running || state?.terminated)
}

export function isRunning({ status }: Pod): boolean {
  return (status?.containerStatuses ?? []).some(({ state }) => state?.running)
}

/** @param after the time of the last line that is known: none comes twice. @returns that of the last line now */
async function copyLog(
  { writer, context }: Action,
  { metadata, spec }: Pod,
  after: string | undefined,
): Promise<string> {
  const query = { container: spec.containers[0]?.name ?? '', follow: true, sinceTime: after || undefined }
  let last = after ?? ''
  try {
    for await (const { at, text } of streamLog(writer, metadata.name, query)) {
      if (at <= last && after !== undefined) continue
      last = at
      context.log(text)
      await context.awaitRoom()
    }
  } catch (error) {
    context.signal.throwIfAborted()
    if (!(error instanceof ApiError)) context.log(`the output broke off: ${error}`)
  }
  return last
}

/** A Job's pod has no probe to wait for: its command ends, or the Job's own time does. */
async function throwIfStuck({ writer, place: { settings } }: Action, pod: Pod, clock: TroubleClock): Promise<void> {
  const trouble = await findTrouble(writer, pod, Number.POSITIVE_INFINITY)
  const certain = clock(trouble ? [trouble] : [])
  if (certain) throw await explainTrouble(writer, certain, { pods: [pod], settings })
}

function outcomeOf({ status }: Job): EndedJob['outcome'] | undefined {
  const holds = (type: string) => status?.conditions?.some((one) => one.type === type && one.status === 'True')
  if (holds('Complete')) return 'succeeded'
  return holds('Failed') ? 'failed' : undefined
}

/** @throws FailureError `deploy-deadline` */
export async function removeJob({ writer, context, deadlineAt }: Action, name: string): Promise<void> {
  await writer.remove('Job', name)
  const options = { intervalMs: pollMs, deadlineMs: deadlineAt - performance.now(), signal: context.signal }
  const gone = await pollUntil(async () => ((await writer.get('Job', name)) ? undefined : true), options)
  if (!gone) throw new FailureError('deploy-deadline', { diagnosis: `Job ${name} does not go` })
}
