import type { ClusterEvent, Pod } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import type { Trouble } from './pod-trouble.ts'
import { listEvents, tellWarnings } from './warnings.ts'

/**
 * A pod that no node takes because a claim of its has no storage, by what the scheduler says or, while it waits for the storage itself, by
 * what is told of the claim. Undefined where its claims are not what it waits for.
 */
export async function findUnbound(
  reader: NamespaceReader,
  pod: Pod,
  trouble: Trouble | undefined,
): Promise<Trouble | undefined> {
  const claims = listClaims(pod)
  if (claims.length === 0 || pod.spec.nodeName !== undefined) return undefined
  if (trouble && !(trouble.code === 'unschedulable' && isOfClaims(trouble.summary))) return undefined
  const events = await Promise.all(claims.map((name) => listEvents(reader, { name })))
  if (!trouble && !events.flat().some(({ type }) => type === 'Warning')) return undefined
  const said = claims.flatMap((name, index) => describeLast(name, events[index] ?? []))
  const summary = [...(trouble ? [trouble.summary] : []), ...said].join('; ')
  return { code: 'volume-unbound', pod: pod.metadata.name, summary, afterMs: reader.nodeGraceMs }
}

function listClaims({ spec }: Pod): string[] {
  return (spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [])
}

/** The scheduler's words for claims without storage, and for storage that no node reaches. */
function isOfClaims(text: string): boolean {
  return /PersistentVolumeClaim|persistent ?volume|volume node affinity/i.test(text)
}

/** `claim shop.production.uploads: FailedBinding: no persistent volumes available …` */
function describeLast(name: string, events: readonly ClusterEvent[]): string[] {
  return tellWarnings(events)
    .slice(-1)
    .map((text) => `claim ${name}: ${text}`)
}
