import type { ClusterEvent } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'

/** What events are about. One of a name that others had before is told from those by its uid, which not every event has. */
interface Subject {
  name: string
  uid?: string | undefined
}

/** The warnings about an object, oldest first; empty when they cannot be read. */
export async function listWarnings(reader: NamespaceReader, subject: Subject): Promise<ClusterEvent[]> {
  return (await listEvents(reader, subject)).filter(({ type }) => type === 'Warning')
}

/** All that was told of an object, oldest first; empty when it cannot be read. */
export async function listEvents(reader: NamespaceReader, { name, uid }: Subject): Promise<ClusterEvent[]> {
  const fields = { 'involvedObject.name': name }
  const events = await reader.list('Event', { fields }).catch(() => {
    // They only illustrate: what is known without them is told without them.
    reader.signal.throwIfAborted()
    return []
  })
  const isOfAnother = (told?: string) => uid !== undefined && told !== undefined && told !== uid
  return events.filter(({ involvedObject }) => !isOfAnother(involvedObject?.uid)).sort(byTime)
}

function byTime(a: ClusterEvent, b: ClusterEvent): number {
  return (a.lastTimestamp ?? a.eventTime ?? '') < (b.lastTimestamp ?? b.eventTime ?? '') ? -1 : 1
}

/** The newest few as `Failed: Error: ImagePullBackOff`, each text once. */
export function tellWarnings(warnings: readonly ClusterEvent[]): string[] {
  return [...new Set(warnings.map(({ reason, message }) => `${reason}: ${(message ?? '').trim()}`))].slice(-5)
}

/** How often the node has tried in vain to pull the image of one container, the most of any. Equal events are one object with a count. */
export function countFailedPulls(warnings: readonly ClusterEvent[]): number {
  const byContainer = Map.groupBy(warnings.filter(isFailedPull), (event) => event.involvedObject?.fieldPath)
  return Math.max(0, ...[...byContainer.values()].map(sumCounts))
}

function sumCounts(events: readonly ClusterEvent[]): number {
  return events.reduce((sum, { count, series }) => sum + (series?.count ?? count ?? 1), 0)
}

function isFailedPull({ reason, message }: ClusterEvent): boolean {
  return reason === 'Failed' && message?.startsWith('Failed to pull image') === true
}
