import { FailureError } from '@stevedore/contract'
import type { ClusterEvent } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { readLogTail } from '../client/pod.ts'
import type { Picture } from '../state/place-state.ts'
import { countTraffic } from '../state/traffic.ts'
import type { Trouble } from './pod-trouble.ts'
import { readProbeAnswer } from './probe-answer.ts'

/** A trouble with all that can be seen of it: events, what the probe answered, last lines, and what is served meanwhile. */
export async function reportTrouble(
  reader: NamespaceReader,
  trouble: Trouble,
  picture: Picture,
): Promise<FailureError> {
  const events = trouble.pod ? await readWarnings(reader, trouble.pod) : []
  const answer = trouble.code === 'never-healthy' ? await readProbeAnswer(reader, trouble, picture) : undefined
  const lines = await readOutput(reader, trouble)
  const where = [trouble.pod && `pod ${trouble.pod}`, trouble.container && `container ${trouble.container}`].filter(
    Boolean,
  )
  const diagnosis = [
    [...where, trouble.summary].join(': '),
    ...(answer ? [answer] : []),
    ...listUnder('events', events),
    ...listUnder('last lines', lines),
    describeTraffic(picture),
  ]
  return new FailureError(trouble.code, { diagnosis: diagnosis.join('\n') })
}

export function describeTraffic(picture: Picture): string {
  const shares = Object.entries(countTraffic(picture)).map(
    ([revision, percent]) => `revision ${revision} gets ${percent} %`,
  )
  return `traffic now: ${shares.join(', ') || 'nothing is served'}`
}

function listUnder(title: string, lines: string[]): string[] {
  return lines.length > 0 ? [`${title}:`, ...lines.map((line) => `  ${line}`)] : []
}

async function readOutput(reader: NamespaceReader, { pod, container, output }: Trouble): Promise<string[]> {
  if (!pod || !container || !output) return []
  const previous = output === 'previous'
  return readLogTail(reader, pod, { container, previous, tailLines: 20 })
}

/** The newest warnings about an object, each text once; empty when they cannot be read: they only illustrate. */
export async function readWarnings(reader: NamespaceReader, name: string): Promise<string[]> {
  const events = await reader
    .list('Event', { fields: { 'involvedObject.name': name, type: 'Warning' } })
    .catch(() => [])
  const texts = events.sort(byTime).map(({ reason, message }) => `${reason}: ${(message ?? '').trim()}`)
  return [...new Set(texts)].slice(-5)
}

function byTime(a: ClusterEvent, b: ClusterEvent): number {
  return (a.lastTimestamp ?? a.eventTime ?? '') < (b.lastTimestamp ?? b.eventTime ?? '') ? -1 : 1
}

/** A node that is being added speaks against giving up on a pod that none can take. */
export async function confirmTrouble(reader: NamespaceReader, trouble: Trouble): Promise<Trouble | undefined> {
  if (trouble.code !== 'unschedulable' || !trouble.pod) return trouble
  const fields = { 'involvedObject.name': trouble.pod, reason: 'TriggeredScaleUp' }
  return (await reader.list('Event', { fields })).length > 0 ? undefined : trouble
}
