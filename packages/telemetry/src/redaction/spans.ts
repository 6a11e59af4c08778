/** A half-open range of a text. */
export interface Span {
  start: number
  end: number
}

/** Where a text holds what must not be shown, and from where on it may go on to. */
export interface Finder {
  /** All finds, overlapping ones too. */
  find(text: string): Span[]
  /** The first index from which the end of the text may be the beginning of a find; the text's length when none. */
  findOpenEnd(text: string): number
}

export function findForms(forms: readonly string[]): Finder {
  if (forms.length === 0) return { find: () => [], findOpenEnd: (text) => text.length }
  // A look-ahead is tried at every index, so that one find does not hide another that begins inside it.
  const pattern = new RegExp(`(?=(${forms.map((form) => escapePattern(form)).join('|')}))`, 'g')
  const byFirst = Map.groupBy(forms, (form) => form[0])
  const longest = forms[0]?.length ?? 0
  return {
    find: (text) => findAll(pattern, text),
    findOpenEnd(text) {
      for (let index = Math.max(0, text.length - longest + 1); index < text.length; index++) {
        const end = text.slice(index)
        if (byFirst.get(text[index])?.some((form) => form.length > end.length && form.startsWith(end))) return index
      }
      return text.length
    },
  }
}

/** `user:password` of an address; `git`, everybody's user, may be seen. */
const credentials = /(?=(?<=:\/\/)(?!git@)([^\s/?#"'`<>\\]{1,1024})@)/g
const openCredentials = /:(?:\/(?:\/[^\s/?#"'`<>\\]{0,1024})?)?$/

export const urlCredentials: Finder = {
  find: (text) => findAll(credentials, text),
  findOpenEnd: (text) => openCredentials.exec(text)?.index ?? text.length,
}

/** Overlapping spans as one; by start. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = []
  for (const span of spans.filter(({ start, end }) => start < end).sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    if (last && span.start < last.end) last.end = Math.max(last.end, span.end)
    else merged.push({ ...span })
  }
  return merged
}

export function findEither(a: Finder, b: Finder): Finder {
  return {
    find: (text) => [...a.find(text), ...b.find(text)],
    findOpenEnd: (text) => Math.min(a.findOpenEnd(text), b.findOpenEnd(text)),
  }
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

/** `matchAll` would copy the pattern at each call, which takes longer than the search when there are many forms. */
function findAll(pattern: RegExp, text: string): Span[] {
  const spans: Span[] = []
  pattern.lastIndex = 0
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    spans.push({ start: match.index, end: match.index + (match[1] ?? '').length })
    pattern.lastIndex = match.index + 1
  }
  return spans
}
