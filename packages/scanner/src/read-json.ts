import { FailureError, type Severity, severities } from '@stevedore/contract'
import type { z } from 'zod'

/** @param what begins the diagnosis: `the report` */
export function readJson<S extends z.ZodType>(what: string, text: string, schema: S): z.output<S> {
  const parsed = schema.safeParse(parse(what, text))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw refuse(`${what} is not of a form that is known: ${issue?.path.join('.') || '(root)'}: ${issue?.message}`)
}

function parse(what: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refuse(`${what} is not JSON`)
  }
}

/** @throws FailureError `scan-unavailable`: what cannot be told to be new enough is not taken for it */
export function readTime(text: string | undefined): Date {
  const time = new Date(text ?? Number.NaN)
  if (Number.isNaN(time.getTime())) throw refuse('the vulnerability database does not say when it was made')
  return time
}

function refuse(diagnosis: string): FailureError {
  return new FailureError('scan-unavailable', { diagnosis })
}

const longestText = 200

/** One line, without characters that would make it read as other than it is. Of the many texts of a report nearly all are plain. */
export function cleanText(text: string): string {
  if (text.length <= longestText && /^[ -~]*$/.test(text)) return text
  return text
    .toWellFormed()
    .slice(0, longestText)
    .toWellFormed()
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\ufffd')
}

/** Undefined and empty are none. */
export function cleanOptional(text: string | undefined): string | null {
  return text ? cleanText(text) : null
}

/** Tools write severities each in their way, and have words of their own for what hardly matters. */
export function readSeverity(text: string | undefined): Severity {
  const word = text?.toLowerCase()
  if (word === 'negligible') return 'low'
  return severities.find((severity) => severity === word) ?? 'unknown'
}
