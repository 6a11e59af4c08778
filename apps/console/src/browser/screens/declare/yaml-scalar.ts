/** Under these keys values are texts however they are written, as the command line reads them: `VERSION: 1.10` is no number. */
const textKeys = new Set(['env', 'args'])

export function holdsTexts(key: string): boolean {
  return textKeys.has(key)
}

/** A plain scalar, as YAML 1.2 has it. @param asText whether numbers and the like are texts here */
export function readPlain(text: string, asText: boolean): unknown {
  if (/^(null|Null|NULL|~|)$/.test(text)) return null
  if (asText) return text
  if (/^(true|True|TRUE)$/.test(text)) return true
  if (/^(false|False|FALSE)$/.test(text)) return false
  if (/^0[ox]/.test(text)) throw new Error('has a number that is not decimal')
  return /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : text
}

/** A text in quotes. Throws where it cannot be read. */
export function readQuoted(text: string): string {
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'")
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('has a quoted text that cannot be read')
  }
}

/** Begins a text in quotes that ends on the same line. */
export const quoted = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/
