/** A half-open range of a text. */
export interface Span {
  start: number
  end: number
}

/** What a text holds that must not be shown. */
export interface Look {
  /** All finds, overlapping ones too. */
  spans: Span[]
  /** The first index from which the end of the text may be the beginning of a find; the text's length when none. */
  findOpenEnd(): number
}

export type Finder = (text: string) => Look

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

export function findEither(a: Finder, b: Finder): Finder {
  return (text) => {
    const [one, other] = [a(text), b(text)]
    return {
      spans: one.spans.concat(other.spans),
      findOpenEnd: () => Math.min(one.findOpenEnd(), other.findOpenEnd()),
    }
  }
}
