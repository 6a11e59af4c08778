const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
/** How a duration is written. */
export const form = /^(\d{1,9})(ms|s|m|h|d)$/

/** Milliseconds of a written duration such as `500ms`, `30s`, `10m`, `2h`, `30d`; throws a RangeError on any other form. */
export function durationMs(text: string): number {
  const match = form.exec(text)
  if (!match) throw new RangeError(`not a duration: ${text}`)
  return Number(match[1]) * unitsMs[match[2] as keyof typeof unitsMs]
}
