/** What variables mean at one place of a Dockerfile. One that is absent is empty, as builders take it; of `undefined` it cannot be told. */
export type Values = ReadonlyMap<string, string | undefined>

/** Longer than any name or address; a variable that is made of itself twice doubles with every line. */
const longestValue = 65_536

/**
 * What a builder makes of a word: quotes and escapes taken out, `$NAME`, `${NAME}`, `${NAME:-else}`, `${NAME:+then}` filled in.
 * @returns undefined where it cannot be told: builders differ in the other forms, and what grows without end is not followed
 */
export function expandWord(word: string, values: Values, escapeMark: string): string | undefined {
  const marks = `\\${escapeMark}`
  const token = new RegExp(
    `'([^']*)'|"((?:${marks}.|[^"${marks}])*)"|${marks}(.)|(${variable.source})|([^'"$${marks}]+)`,
    'gsy',
  )
  let expanded = ''
  while (token.lastIndex < word.length) {
    const match = token.exec(word)
    if (!match) return undefined
    const [, single, double, escaped, reference, plain] = match
    const inside = double === undefined ? undefined : expandQuoted(double, values, escapeMark)
    const part = single ?? inside ?? escaped ?? plain ?? (reference && readVariable(reference, values, escapeMark))
    if (part === undefined || expanded.length + part.length > longestValue) return undefined
    expanded += part
  }
  return expanded
}

const variable = /\$[A-Za-z_][A-Za-z0-9_]*|\$\{[A-Za-z_][A-Za-z0-9_]*(?::?[-+](?:[^${}]|\$\{[^${}]*\})*)?\}/

/** Between double quotes an escape mark takes effect before a quote, a dollar and itself alone. */
function expandQuoted(text: string, values: Values, escapeMark: string): string | undefined {
  const marks = `\\${escapeMark}`
  const parts = text.match(new RegExp(`${marks}[\\s\\S]|${variable.source}|\\$|[^$${marks}]+`, 'g')) ?? []
  const expanded = parts.map((part) => {
    if (part.startsWith(escapeMark)) return /["$]/.test(part) || part[1] === escapeMark ? part[1] : part
    return part.startsWith('$') ? readVariable(part, values, escapeMark) : part
  })
  const length = expanded.reduce((sum, part) => sum + (part?.length ?? 0), 0)
  return expanded.includes(undefined) || length > longestValue ? undefined : expanded.join('')
}

function readVariable(reference: string, values: Values, escapeMark: string): string | undefined {
  const [, name, colon, sign, word = ''] =
    /^\$\{?([A-Za-z_][A-Za-z0-9_]*)(?:(:?)([-+])(.*))?\}?$/s.exec(reference.replace(/\}$/, '')) ?? []
  if (name === undefined) return undefined
  const value = values.get(name)
  if (value === undefined && values.has(name)) return undefined
  const isThere = colon ? Boolean(value) : value !== undefined
  if (sign === '-') return isThere ? value : expandWord(word, values, escapeMark)
  if (sign === '+') return isThere ? expandWord(word, values, escapeMark) : ''
  return value ?? ''
}

/** The words of `A=1 B="two words"`, as they are written. A quote that is not closed takes in all that is left, as builders read it. */
export function splitWords(text: string, escapeMark: string): string[] {
  const marks = `\\${escapeMark}`
  const quoted = `"(?:${marks}.|[^"${marks}])*(?:"|${marks}?$)|'[^']*(?:'|$)`
  return text.match(new RegExp(`(?:${quoted}|${marks}.|[^\\s"'])+`, 'gs')) ?? []
}

/** The words of ADD and COPY: between spaces, whatever is quoted, or a JSON list. */
export function splitPaths(text: string): string[] {
  return readJsonList(text) ?? text.split(/\s+/).filter(Boolean)
}

export function readJsonList(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : undefined
  } catch {
    // A builder takes what is no JSON for words as well.
    return undefined
  }
}
