import { findAddressCredentials } from './address-credentials.ts'
import { findSecretValues } from './secret-values.ts'
import { type Finder, mergeSpans, type Span } from './spans.ts'

const mask = '***'
/** In place of a text that could not be looked through. */
export const unread = '[not shown: it could not be searched for secrets]'

export interface Redactor {
  redact(text: string): string
}

/**
 * Masks secret values wherever they stand: as they are, line by line, in base64 at any alignment, in hexadecimal, percent-encoded or
 * JSON-escaped, and the credentials of any address. Values of fewer than four bytes are left alone. Never throws: a text that cannot be
 * searched is replaced as a whole.
 */
export function createRedactor(secretValues: readonly string[]): Redactor {
  const find = prepare(secretValues)
  return {
    redact(text) {
      try {
        return maskSpans(text, mergeSpans(find(text)))
      } catch {
        return unread
      }
    },
  }
}

/** Whatever goes wrong may carry what it was given: it is told to nobody. */
function prepare(secretValues: readonly string[]): Finder {
  try {
    const findValues = findSecretValues(secretValues)
    return (text) => findValues(text).concat(findAddressCredentials(text))
  } catch {
    return () => {
      throw new Error('the redactor could not be made')
    }
  }
}

const plainRedactor = createRedactor([])

/** `https://user:password@host` becomes `https://***@host`. */
export function maskUrlCredentials(text: string): string {
  return plainRedactor.redact(text)
}

function maskSpans(text: string, spans: readonly Span[]): string {
  let shown = ''
  let from = 0
  for (const { start, end } of spans) {
    shown += text.slice(from, start) + mask
    from = end
  }
  return shown + text.slice(from)
}
