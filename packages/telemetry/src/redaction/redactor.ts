import { findAddressCredentials } from './address-credentials.ts'
import { findSecretValues } from './secret-values.ts'
import { type Finder, findEither, mergeSpans, type Span } from './spans.ts'

const mask = '***'
/** In place of a text that could not be looked through. */
export const unread = '[not shown: it could not be searched for secrets]'

/** Takes secrets out of a text that arrives in pieces. */
export interface RedactingStream {
  /** What can be shown so far. Keeps back what may turn out to be the beginning of a secret. */
  write(chunk: string): string
  /** What was kept back; call it once, at the end. */
  flush(): string
}

export interface Redactor {
  redact(text: string): string
  openStream(): RedactingStream
}

/**
 * Masks secret values wherever they stand: as they are, line by line, in base64 at any alignment, in hexadecimal, percent-encoded or
 * JSON-escaped, and the credentials of any address. Values of fewer than four bytes are left alone. Never throws: a text that cannot be
 * searched is replaced as a whole.
 */
export function createRedactor(secretValues: readonly string[]): Redactor {
  const finder = prepare(secretValues)
  return {
    redact: guard((text) => maskSpans(text, mergeSpans(finder(text).spans))),
    openStream: () => openStream(finder),
  }
}

/** Whatever goes wrong may carry what it was given: it is told to nobody. */
function prepare(secretValues: readonly string[]): Finder {
  try {
    return findEither(findSecretValues(secretValues), findAddressCredentials)
  } catch {
    return () => {
      throw new Error('the redactor could not be made')
    }
  }
}

function guard<A extends unknown[]>(show: (...given: A) => string): (...given: A) => string {
  return (...given) => {
    try {
      return show(...given)
    } catch {
      return unread
    }
  }
}

const plainRedactor = createRedactor([])

/** `https://user:password@host` becomes `https://***@host`. */
export function maskUrlCredentials(text: string): string {
  return plainRedactor.redact(text)
}

function openStream(finder: Finder): RedactingStream {
  let kept = ''
  // Of a find whose mask has been shown: how many of the kept characters belong to it. 0 when what comes may touch it, undefined when none.
  let covered: number | undefined

  function release(text: string, isEnd: boolean): string {
    kept = ''
    const { spans: found, findOpenEnd } = finder(text)
    const end = isEnd ? text.length : findOpenEnd()
    const begun = covered === undefined ? [] : [{ start: 0, end: covered }]
    const isBegun = begun.length > 0
    const spans = mergeSpans([...begun, ...found])
    const shown = maskSpans(text.slice(0, end), spans, isBegun)
    const last = spans.find((span) => span.end >= end && (span.start < end || (isBegun && span.start === 0)))
    covered = last && last.end - end
    kept = text.slice(end)
    return shown
  }

  return {
    write: guard((chunk: string) => release(kept + chunk, false)),
    flush: guard(() => release(kept, true)),
  }
}

/** @param isBegun whether the mask of a span at the very beginning has been shown before */
function maskSpans(text: string, spans: readonly Span[], isBegun = false): string {
  let shown = ''
  let from = 0
  for (const { start, end } of spans) {
    if (start >= text.length && !(isBegun && start === 0)) break
    shown += text.slice(from, start) + (isBegun && start === 0 ? '' : mask)
    from = end
  }
  return shown + text.slice(from)
}
