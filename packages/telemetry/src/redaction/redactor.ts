import { listForms } from './forms.ts'
import { type Finder, findEither, findForms, mergeSpans, type Span, urlCredentials } from './spans.ts'

const mask = '***'

/** Takes secrets out of a text that arrives in pieces. */
export interface RedactingStream {
  /** What can be shown so far. Keeps back at most what may turn out to be the beginning of a secret. */
  write(chunk: string): string
  /** What was kept back; call it once, at the end. */
  flush(): string
}

export interface Redactor {
  redact(text: string): string
  openStream(): RedactingStream
}

/**
 * Masks secret values wherever they stand: as they are, line by line, in base64 at any alignment, URL-encoded or
 * JSON-escaped, and the credentials of any address. Values of fewer than four characters are left alone.
 */
export function createRedactor(secretValues: readonly string[]): Redactor {
  const finder = findEither(findForms(listForms(secretValues)), urlCredentials)
  return { redact: (text) => maskSpans(text, mergeSpans(finder.find(text))), openStream: () => openStream(finder) }
}

const plainRedactor = createRedactor([])

/** `https://user:password@host` becomes `https://***@host`. */
export function maskUrlCredentials(text: string): string {
  return plainRedactor.redact(text)
}

function openStream(finder: Finder): RedactingStream {
  let kept = ''
  // How many of the kept characters belong to a find whose mask has been shown already.
  let covered = 0

  function release(text: string, end: number): string {
    const spans = mergeSpans([{ start: 0, end: covered }, ...finder.find(text)])
    const continued = covered > 0
    const shown = maskSpans(text.slice(0, end), spans, continued)
    const straddling = spans.find((span) => span.end > end && (span.start < end || (continued && span.start === 0)))
    covered = straddling ? straddling.end - end : 0
    kept = text.slice(end)
    return shown
  }

  return {
    write(chunk) {
      const text = kept + chunk
      return release(text, finder.findOpenEnd(text))
    },
    flush: () => release(kept, kept.length),
  }
}

/** @param continued whether the mask of a span at the very beginning has been shown before */
function maskSpans(text: string, spans: readonly Span[], continued = false): string {
  let shown = ''
  let from = 0
  for (const { start, end } of spans) {
    if (start >= text.length) break
    shown += text.slice(from, start) + (continued && start === 0 ? '' : mask)
    from = end
  }
  return shown + text.slice(from)
}
