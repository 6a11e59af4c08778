import { holdsTexts, quoted, readPlain, readQuoted } from './yaml-scalar.ts'

/** Reads `[a, { b: c }]` and the like, which has to end on its line. Throws an Error that says what is wrong with the line. */
export function readFlow(text: string, asText: boolean): unknown {
  const reader = { rest: text }
  const value = readValue(reader, asText)
  if (reader.rest.trim() !== '') throw new Error('goes on behind what it says')
  return value
}

interface Reader {
  rest: string
}

function readValue(reader: Reader, asText: boolean): unknown {
  skipSpace(reader)
  if (take(reader, '[')) return readItems(reader, asText)
  if (take(reader, '{')) return readPairs(reader, asText)
  const [text] = quoted.exec(reader.rest) ?? []
  if (text !== undefined) {
    reader.rest = reader.rest.slice(text.length)
    return readQuoted(text)
  }
  return readPlain(takePlain(reader, /^[^,[\]{}]*/), asText)
}

function readItems(reader: Reader, asText: boolean): unknown[] {
  const items: unknown[] = []
  for (;;) {
    skipSpace(reader)
    if (take(reader, ']')) return items
    items.push(readValue(reader, asText))
    endPart(reader, ']')
  }
}

function readPairs(reader: Reader, asText: boolean): Record<string, unknown> {
  const pairs: Record<string, unknown> = {}
  for (;;) {
    skipSpace(reader)
    if (take(reader, '}')) return pairs
    const key = readKey(reader)
    if (key === '__proto__' || key === '<<' || Object.hasOwn(pairs, key))
      throw new Error('has a key twice, or one of no spec')
    pairs[key] = readValue(reader, asText || holdsTexts(key))
    endPart(reader, '}')
  }
}

function readKey(reader: Reader): string {
  const [text] = quoted.exec(reader.rest) ?? []
  const key = text === undefined ? takePlain(reader, /^[^,:[\]{}]*/) : readQuoted(text)
  if (text !== undefined) reader.rest = reader.rest.slice(text.length)
  if (key === '' || !take(reader, ': ')) throw new Error('has no “key: value” within its braces')
  return key
}

/** A comma, or the end that is still to be taken. */
function endPart(reader: Reader, end: string): void {
  skipSpace(reader)
  if (!take(reader, ',') && !reader.rest.startsWith(end)) throw new Error(`has no ${end} where it should end`)
}

function takePlain(reader: Reader, form: RegExp): string {
  const [text = ''] = form.exec(reader.rest) ?? []
  const plain = text.trim()
  if (/^[&*!|>%@`"'?-]( |$)|^[&*!|>%@`"']/.test(plain)) throw new Error('has what this field does not read')
  if (/: |:$/.test(text)) throw new Error('has a pair without braces')
  reader.rest = reader.rest.slice(text.length)
  return plain
}

function skipSpace(reader: Reader): void {
  reader.rest = reader.rest.trimStart()
}

function take(reader: Reader, sign: string): boolean {
  if (!reader.rest.startsWith(sign)) return false
  reader.rest = reader.rest.slice(sign.length)
  return true
}
