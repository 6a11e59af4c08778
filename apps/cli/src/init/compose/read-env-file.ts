/** A line of a file of variables: what it names, and what stands after the sign. */
export interface Entry {
  name: string
  /** With variables as a compose file writes them: `$$` is a dollar. */
  written: string
}

export interface EnvFile {
  entries: Entry[]
  /** The lines that are none. */
  unread: number[]
}

const mostEntries = 5_000
const named = /(?:export[ \t]+)?([A-Za-z_][\w.]*)[ \t]*([=:])[ \t]*/y
const blank = /[ \t\r]*(?:#[^\n]*)?(?:\n|$)/y
const toLineEnd = /[^\n]*(?:\n|$)/y

/** A file of variables as compose reads it: `KEY=VALUE`, quotes, comments. A name alone is the environment's of who starts compose. */
export function readEnvFile(file: string): EnvFile {
  const text = file.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  const found: EnvFile = { entries: [], unread: [] }
  let line = 1
  for (let at = 0; at < text.length && found.entries.length < mostEntries; ) {
    const start = skip(/[ \t]*/y, text, at)
    const entry = isMatch(blank, text, start) ? undefined : readEntry(text, start)
    if (entry) found.entries.push(entry)
    else if (!isMatch(/(?:#|[A-Za-z_][\w.]*[ \t\r]*(?:\n|$)|[ \t\r]*(?:\n|$))/y, text, start)) found.unread.push(line)
    const end = entry?.end ?? skip(toLineEnd, text, start)
    for (let next = text.indexOf('\n', at); next >= 0 && next < end; next = text.indexOf('\n', next + 1)) line += 1
    at = end
  }
  return found
}

/** Undefined where the line is none, or its quote has no end. */
function readEntry(text: string, start: number): (Entry & { end: number }) | undefined {
  named.lastIndex = start
  const [whole = '', name = ''] = named.exec(text) ?? []
  if (whole === '') return undefined
  const at = start + whole.length
  const quote = text.charAt(at)
  if (quote !== '"' && quote !== "'") return { name, ...readBare(text, at) }
  const quoted = readQuoted(text, at, quote)
  // Behind it stands nothing but a comment.
  if (!quoted || !isMatch(blank, text, quoted.end)) return undefined
  return { name, written: quoted.written, end: skip(blank, text, quoted.end) }
}

/** To the end of the line, or a ` #`. */
function readBare(text: string, at: number): { written: string; end: number } {
  const end = skip(toLineEnd, text, at)
  const line = text.slice(at, end)
  const comment = line.startsWith('#') ? 0 : line.search(/[ \t]#/)
  return { written: (comment < 0 ? line : line.slice(0, comment)).trim(), end }
}

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', $: '$$' }

function readQuoted(text: string, start: number, quote: string): { written: string; end: number } | undefined {
  const parts: string[] = []
  for (let at = start + 1; at < text.length; at += 1) {
    const sign = text.charAt(at)
    if (sign === quote) return { written: parts.join(''), end: at + 1 }
    if (sign === '\\' && (quote === '"' || text.charAt(at + 1) === quote)) {
      at += 1
      const escaped = text.charAt(at)
      parts.push(quote === '"' ? (escapes[escaped] ?? escaped) : escaped)
    } else parts.push(quote === "'" && sign === '$' ? '$$' : sign)
  }
  return undefined
}

function isMatch(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at
  return pattern.test(text)
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return at + (pattern.exec(text)?.[0].length ?? 0)
}
