import { type FailureCode, FailureError } from '@stevedore/contract'
import { type Release, suggestSettings } from '@stevedore/engine'
import type { ObjectOfKind, Pod } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { explainMemory } from './explain-memory.ts'
import { readLastLines } from './last-lines.ts'
import { listWarnings, tellWarnings } from './warnings.ts'

interface EndedPod {
  place: Pick<Release, 'settings'>
  pod: Pod | undefined
}

interface FailedJob extends EndedPod {
  code: FailureCode
  place: Pick<Release, 'revision' | 'settings'>
  job: ObjectOfKind['Job']
}

/** How a Job ended, `resource-exceeded` where it was killed for its memory, with its last lines, or the warnings about it where it has none. */
export async function explainJob(reader: NamespaceReader, failed: FailedJob): Promise<FailureError> {
  const { code, place, job, pod } = failed
  const { name } = job.metadata
  const container = pod?.spec.containers[0]?.name
  const lines = pod && container ? await readLastLines(reader, pod, { container }) : []
  const more = lines.length > 0 ? lines : tellWarnings(await listWarnings(reader, { name }))
  const suggestion = suggestSettings(lines, place.settings)
  const excess = findExcess(reader, failed)
  const diagnosis = [
    `Job ${name} of revision ${place.revision} ${describeEnd(failed)}`,
    ...(excess ? [excess] : []),
    ...more,
    ...(suggestion ? [suggestion] : []),
  ].join('\n')
  return new FailureError(excess ? 'resource-exceeded' : code, { diagnosis })
}

/** The limit that a Job's pod was killed for; undefined where it was for none. */
export function findExcess({ appLimits }: NamespaceReader, { place, pod }: EndedPod): string | undefined {
  const ended = pod?.status?.containerStatuses?.[0]
  if (!pod || ended?.state?.terminated?.reason !== 'OOMKilled') return undefined
  return explainMemory(pod, ended.name, { settings: place.settings, appLimits })
}

function describeEnd({ job, pod }: FailedJob): string {
  if (job.status?.conditions?.some(({ reason }) => reason === 'DeadlineExceeded')) return 'did not end in time'
  const ended = pod?.status?.containerStatuses?.[0]?.state?.terminated
  return `exited with code ${ended?.exitCode ?? 'unknown'}`
}
