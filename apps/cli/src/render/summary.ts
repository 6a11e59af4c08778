import { type BuildReport, imageTags, type JobDetailView, type JobResult, type ResultByKind } from '@stevedore/contract'
import { describeChanges } from './describe-changes.ts'
import { describeFailure, describeState, jobDurationMs } from './describe-job.ts'
import { paint } from './style.ts'
import { formatBytes, formatDuration } from './time.ts'
import { plain } from './visible.ts'

/** What a job came to, in the lines that a person reads last. */
export function summarize(job: JobDetailView, out: NodeJS.WritableStream): string {
  const took = job.startedAt && job.finishedAt ? ` in ${formatDuration(jobDurationMs(job))}` : ''
  const headline = paint(colourOf(job), `${describeState(job)}${took}`, out)
  const failure = job.error ? [describeFailure(job.error)] : []
  const result = job.result ? describeResult(job.result).map(plain) : []
  return [...result, headline, ...failure].join('\n')
}

function colourOf({ state }: JobDetailView): 'green' | 'red' | 'yellow' {
  if (state === 'succeeded') return 'green'
  return state === 'failed' ? 'red' : 'yellow'
}

function describeResult(result: JobResult): string[] {
  if ('reports' in result) return [...result.reports.map(describeReport), ...describeLeftOut(result)]
  if ('images' in result) return [...result.images.map(describeImage), ...describeLeftOut(result)]
  if ('changes' in result) return [...(result.notes ?? []), describeChanges(result.changes)]
  if ('service' in result) return [`${result.service} runs as of its revision ${result.revision}: ${result.image}`]
  if ('removed' in result) return describeRemoval(result)
  if ('supersededBy' in result)
    return [...(result.reason ? [result.reason] : []), `in its place: stevedore watch ${result.supersededBy}`]
  if ('exitCode' in result)
    return [
      `exit status ${result.exitCode}, in ${result.replica ? `${result.replica} of ` : ''}revision ${result.revision} (${result.version})`,
    ]
  if ('revision' in result) return describeRevision(result)
  return [`traffic: ${result.traffic}`]
}

type Removal = Extract<JobResult, { removed: number }>

function describeRemoval({ volumesLeft = [], volumesRemoved = [], linkedFrom = [] }: Removal): string[] {
  return [
    'the environment is taken down',
    ...(volumesLeft.length > 0 ? [`left with all that is in them: ${volumesLeft.join(', ')}`] : []),
    ...(volumesRemoved.length > 0 ? [`removed with all that was in them: ${volumesRemoved.join(', ')}`] : []),
    ...(linkedFrom.length > 0 ? [`links lead nowhere now from ${linkedFrom.join(', ')}`] : []),
  ]
}

function describeRevision(result: ResultByKind['rollback']): string[] {
  const { revision, version, target, address, downMs, volumesKept = [], leftOut } = result
  return [
    `revision ${revision} (${version})${target ? `, target ${target}` : ''}`,
    ...(address ? [`answers at ${address}`] : []),
    ...(downMs === undefined ? [] : [`nothing served for ${formatDuration(downMs)}`]),
    ...(volumesKept.length > 0 ? [`not turned back: what is in ${volumesKept.join(', ')}`] : []),
    ...describeLeftOut({ leftOut }),
  ]
}

function describeReport(report: BuildReport): string {
  const [reference] = imageTags(report.registry, report.image_name, report.version, report.target)
  const size = `${formatBytes(report.size)}, ${formatDuration(report.duration_ms)}`
  return `${reference}  ${shorten(report.digest)}  ${size}${report.pushed ? ', pushed' : ''}`
}

function describeImage({ version, target, digest }: { version: string; target: string; digest: string }): string {
  return `${version}-${target}  ${shorten(digest)}`
}

/** The rest of a pipeline that this job began or went on with, and why it was not recorded. */
function describeLeftOut({ leftOut = [] }: { leftOut?: string[] | undefined }): string[] {
  return leftOut.map((reason) => `left out: ${reason}`)
}

function shorten(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12)
}
