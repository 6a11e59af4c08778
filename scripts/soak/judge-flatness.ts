/** A figure that was taken again and again, and by how much it may differ between two thirds of the run. */
export interface Series {
  name: string
  values: readonly number[]
  /** So much of what it was, and so much beside. */
  allowance: { ratio: number; more: number }
  /** It fills up to here, longer than a short run takes, and no further. */
  bound?: number | undefined
}

export interface Flatness {
  name: string
  /** The medians of the second and the last third: the first is for what fills up once. */
  second: number
  last: number
  verdict: 'flat' | 'below its bound' | 'grows' | 'too short'
}

/** With fewer samples a third is no more than an accident. */
const FEWEST = 9

/**
 * Whether it stays where it is once the first third of the run is over. Medians, so that a fault under way, or a heap that is about to be
 * cleared, says nothing.
 */
export function judgeFlatness({ name, values, allowance, bound = Number.NEGATIVE_INFINITY }: Series): Flatness {
  const third = Math.floor(values.length / 3)
  const second = findMedian(values.slice(third, values.length - third))
  const last = findMedian(values.slice(values.length - third))
  if (values.length < FEWEST) return { name, second, last, verdict: 'too short' }
  const most = second * (1 + allowance.ratio) + allowance.more
  if (last <= most) return { name, second, last, verdict: 'flat' }
  return { name, second, last, verdict: last <= bound ? 'below its bound' : 'grows' }
}

function findMedian(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}
