import { readFlow } from './yaml-flow.ts'
import { holdsTexts, quoted, readPlain, readQuoted } from './yaml-scalar.ts'

/** A line that says something. */
interface Line {
  number: number
  indent: number
  text: string
}

/**
 * Reads the YAML that specs are written in: mappings, lists, plain and quoted scalars, `[a, { b: c }]` on one line, comments. What is rarer (anchors, merge
 * keys, block scalars, tags) is refused with its line, so that nothing is ever read as something else: the command line reads it all.
 * @throws Error with a sentence for the reader
 */
export function parsePlainYaml(text: string): unknown {
  const lines = text.split(/\r?\n/).flatMap((raw, index) => readLine(raw, index + 1))
  if (lines.length === 0) throw new Error('It is empty.')
  const reader = { lines, at: 0 }
  const value = readBlock(reader, 0, false)
  const rest = lines[reader.at]
  if (rest) fail(rest, 'is not indented like the lines before it')
  return value
}

interface Reader {
  lines: Line[]
  at: number
}

function fail({ number, text }: Line, why: string): never {
  throw new Error(`Line ${number} ${why}: ${text}`)
}

function readLine(raw: string, number: number): Line[] {
  const text = cutComment(raw).trimEnd()
  if (text.trim() === '' || text === '---') return []
  const line = { number, indent: text.length - text.trimStart().length, text: text.trim() }
  if (/^\s*\t/.test(text)) fail(line, 'is indented by a tab')
  return [line]
}

/** A `#` begins a comment at the start or after a space, unless it stands in quotes. */
function cutComment(raw: string): string {
  let quote = ''
  for (let index = 0; index < raw.length; index++) {
    const sign = raw[index] ?? ''
    if (quote) {
      if (sign === '\\' && quote === '"') index++
      else if (sign === quote) quote = ''
    } else if (/["']/.test(sign) && /(^|[\s:[,{-])$/.test(raw.slice(0, index))) quote = sign
    else if (sign === '#' && /(^|\s)$/.test(raw.slice(0, index))) return raw.slice(0, index)
  }
  return raw
}

function readBlock(reader: Reader, least: number, asText: boolean): unknown {
  const first = reader.lines[reader.at]
  if (!first || first.indent < least) return null
  return isItem(first) ? readList(reader, first.indent, asText) : readMap(reader, first.indent, asText)
}

const isItem = ({ text }: Line) => text === '-' || text.startsWith('- ')

function readList(reader: Reader, indent: number, asText: boolean): unknown[] {
  const items: unknown[] = []
  for (
    let line = reader.lines[reader.at];
    line && line.indent === indent && isItem(line);
    line = reader.lines[reader.at]
  ) {
    const rest = line.text.slice(1).trimStart()
    const inner = { ...line, indent: indent + line.text.length - rest.length, text: rest }
    if (rest === '') {
      reader.at++
      items.push(readBlock(reader, indent + 1, asText))
    } else if (splitKey(inner)) {
      reader.lines[reader.at] = inner
      items.push(readMap(reader, inner.indent, asText))
    } else {
      reader.at++
      items.push(readScalar(inner, rest, asText))
    }
  }
  return items
}

function readMap(reader: Reader, indent: number, asText: boolean): unknown {
  const map: Record<string, unknown> = {}
  const begin = reader.lines[reader.at]
  for (let line = begin; line && line.indent === indent && !isItem(line); line = reader.lines[reader.at]) {
    const found = splitKey(line)
    if (!found) {
      if (line !== begin) fail(line, 'is no “key: value”')
      reader.at++
      return readScalar(line, line.text, asText)
    }
    const { key, rest } = found
    if (Object.hasOwn(map, key)) fail(line, 'says a key twice')
    if (key === '__proto__') fail(line, 'has a key that no spec has')
    reader.at++
    const isText = asText || holdsTexts(key)
    map[key] = rest === '' ? readBelow(reader, indent, isText) : readScalar(line, rest, isText)
  }
  return map
}

/** A list may stand as far left as the key that it is of. */
function readBelow(reader: Reader, indent: number, asText: boolean): unknown {
  const next = reader.lines[reader.at]
  if (next && next.indent === indent && isItem(next)) return readList(reader, indent, asText)
  return readBlock(reader, indent + 1, asText)
}

function splitKey(line: Line): { key: string; rest: string } | undefined {
  const at = line.text.startsWith('"') ? (quoted.exec(line.text)?.[0].length ?? 0) : line.text.indexOf(':')
  if (at <= 0 || !/^:(\s|$)/.test(line.text.slice(at, at + 2))) return undefined
  const written = line.text.slice(0, at).trim()
  if (written === '<<') fail(line, 'is a merge key, which this field does not read; `stevedore apply` does')
  const key = written.startsWith('"') ? written.slice(1, -1) : written
  const isPlain = written === key ? /^[^\s"'[\]{},#&*!|>%@`?]/.test(key) && !key.includes('#') : !/["\\]/.test(key)
  return isPlain ? { key, rest: line.text.slice(at + 1).trim() } : undefined
}

function readScalar(line: Line, text: string, asText: boolean): unknown {
  if (/^[&*!|>%@`]/.test(text)) fail(line, 'has what this field does not read; `stevedore apply` does')
  try {
    if (/^[[{]/.test(text)) return readFlow(text, asText)
    if (/^[^"'].*:( |$)/.test(text)) throw new Error('says two things at once: text with a colon stands in quotes')
    if (!/^["']/.test(text)) return readPlain(text, asText)
    if (quoted.exec(text)?.[0] !== text) throw new Error('has a quote without an end')
    return readQuoted(text)
  } catch (error) {
    return fail(line, (error as Error).message)
  }
}
