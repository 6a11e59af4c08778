/** What is seen of a place: the revisions of its replicas, and percent of traffic by revision. */
interface Seen {
  replicas: readonly { revision: number; state: string }[]
  traffic: Record<number, number>
}

interface Known {
  /** The highest number that the ledger gave. */
  last: number
  /** Revisions that may be there by the plan that is followed; absent where none is yet. */
  planned?: readonly number[] | undefined
}

/**
 * The revisions that the ledger cannot have brought there: of a number that it never gave, or with traffic that the plan does not know of.
 * Then another ledger was at work since, of which this one is an older copy. In ascending order.
 */
export function findUnknown({ replicas, traffic }: Seen, { last, planned }: Known): number[] {
  const present = replicas.filter(({ state }) => state !== 'leaving').map(({ revision }) => revision)
  const given = Object.entries(traffic).flatMap(([revision, percent]) => (percent > 0 ? Number(revision) : []))
  const unknown = [...present, ...given].filter((revision) => revision > last)
  // Of number 0 are those of other tools, which an adopted app may have.
  const unplanned = planned ? given.filter((revision) => revision > 0 && !planned.includes(revision)) : []
  return [...new Set([...unknown, ...unplanned])].toSorted((a, b) => a - b)
}
