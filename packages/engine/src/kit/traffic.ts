/** Percent by key, in whole numbers that sum to 100 (the largest remainders are rounded up); empty without any weight. */
export function toPercent(weights: Readonly<Record<number, number>>): Record<number, number> {
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0)
  if (total === 0) return {}
  const parts = Object.entries(weights).map(([key, weight]) => {
    const exact = (100 * weight) / total
    return { key: Number(key), percent: Math.floor(exact), rest: exact % 1 }
  })
  let missing = 100 - parts.reduce((sum, { percent }) => sum + percent, 0)
  for (const part of parts.toSorted((a, b) => b.rest - a.rest)) if (missing-- > 0) part.percent++
  return Object.fromEntries(parts.map(({ key, percent }) => [key, percent]))
}

/** `revision 1 90%, revision 2 10%`. @param traffic percent by revision */
export function describeTraffic(traffic: Readonly<Record<number, number>>): string {
  const shares = Object.entries(traffic).filter(([, percent]) => percent > 0)
  const words = shares.map(([revision, percent]) => `revision ${revision} ${Math.round(percent)}%`)
  return words.join(', ') || 'nothing is served'
}
