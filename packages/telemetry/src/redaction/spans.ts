/** A half-open range of a text. */
export interface Span {
  start: number
  end: number
}

/** All that a text holds and that must not be shown, overlapping finds too. */
export type Finder = (text: string) => Span[]

/** Spans that overlap or touch as one; by start. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = []
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    if (last && span.start <= last.end) last.end = Math.max(last.end, span.end)
    else merged.push({ ...span })
  }
  return merged
}
