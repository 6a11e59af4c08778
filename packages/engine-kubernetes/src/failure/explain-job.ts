import { type FailureCode, FailureError } from '@stevedore/contract'
import { type Release, suggestSettings } from '@stevedore/engine'
import type { ObjectOfKind, Pod } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { readLastLines } from './last-lines.ts'
import { listWarnings, tellWarnings } from './warnings.ts'

interface FailedJob {
  code: FailureCode
  place: Pick<Release, 'revision' | 'settings'>
  job: ObjectOfKind['Job']
  pod: Pod | undefined
}

/** How a Job ended, with its last lines, or the warnings about it where it has none. */
export async function explainJob(reader: NamespaceReader, failed: FailedJob): Promise<FailureError> {
  const { code, place, job, pod } = failed
  const { name } = job.metadata
  const container = pod?.spec.containers[0]?.name
  const lines = pod && container ? await readLastLines(reader, pod, { container }) : []
  const more = lines.length > 0 ? lines : tellWarnings(await listWarnings(reader, name))
  const suggestion = suggestSettings(lines, place.settings)
  const diagnosis = [
    `Job ${name} of revision ${place.revision} ${describeEnd(failed)}`,
    ...more,
    ...(suggestion ? [suggestion] : []),
  ].join('\n')
  return new FailureError(code, { diagnosis })
}

function describeEnd({ job, pod }: FailedJob): string {
  if (job.status?.conditions?.some(({ reason }) => reason === 'DeadlineExceeded')) return 'did not end in time'
  const ended = pod?.status?.containerStatuses?.[0]?.state?.terminated
  return `exited with code ${ended?.exitCode ?? 'unknown'}`
}
