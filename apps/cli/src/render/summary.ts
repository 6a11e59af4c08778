import type { BuildReport, JobDetailView } from '@stevedore/contract'
import { describeChanges } from './describe-changes.ts'
import { describeFailure, describeState, jobDurationMs } from './describe-job.ts'
import { paint, plain } from './style.ts'
import { formatBytes, formatDuration } from './time.ts'

/** What a job came to, in the lines that a person reads last. */
export function summarize(job: JobDetailView, out: NodeJS.WriteStream): string {
  const took = job.startedAt ? ` in ${formatDuration(jobDurationMs(job))}` : ''
  const headline = paint(colours[job.state] ?? 'yellow', `${describeState(job)}${job.finishedAt ? took : ''}`, out)
  const failure = job.error ? describeFailure(job.error) : undefined
  return [...describeResult(job), headline, failure].filter((line) => line !== undefined).join('\n')
}

const colours = { succeeded: 'green', failed: 'red', cancelled: 'yellow', superseded: 'yellow' } as Partial<
  Record<string, 'green' | 'red' | 'yellow'>
>

function describeResult(job: JobDetailView): string[] {
  const { changes, reports, removed, revision, version, address } = (job.result ?? {}) as Record<string, unknown>
  if (Array.isArray(changes)) return [describeChanges(changes)]
  if (Array.isArray(reports)) return (reports as BuildReport[]).map(describeReport)
  if (removed !== undefined) return ['the environment is taken down']
  return [
    revision === undefined ? undefined : `revision ${revision}${version ? ` (${version})` : ''}`,
    typeof address === 'string' ? `answers at ${plain(address)}` : undefined,
  ].filter((line) => line !== undefined)
}

function describeReport(report: BuildReport): string {
  const reference = `${report.registry}/${report.image_name}:${report.version}-${report.target}`
  const size = `${formatBytes(report.size)}, ${formatDuration(report.duration_ms)}`
  return `${plain(reference)}  ${report.digest.slice(0, 19)}  ${size}${report.pushed ? ', pushed' : ''}`
}
