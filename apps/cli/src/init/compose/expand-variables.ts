/** A text of a compose file without its variables. */
export interface Expanded {
  text: string
  /** Those that have no default: they stand for nothing in the text. */
  missing: string[]
  /** Those whose default stands in it. */
  assumed: string[]
}

/** Longer than any value that is taken. */
const longest = 65_536
const deepest = 10

/** `$NAME`, `${NAME}`, `${NAME:-else}`, `${NAME:?why}`, `${NAME:+then}`, `$$`: as compose reads them where none of them is set. */
export function expandVariables(text: string, depth = 0): Expanded {
  if (!text.includes('$') || text.length > longest || depth > deepest) return { text, missing: [], assumed: [] }
  const parts: string[] = []
  const missing: string[] = []
  const assumed: string[] = []
  let at = 0
  for (let next = text.indexOf('$'); next >= 0; next = text.indexOf('$', at)) {
    parts.push(text.slice(at, next))
    const end = findEnd(text, next)
    if (end === undefined) return { text: [...parts, text.slice(next)].join(''), missing, assumed }
    const found = expandOne(text.slice(next, end), depth)
    parts.push(found.text)
    missing.push(...found.missing)
    assumed.push(...found.assumed)
    at = end
  }
  return { text: [...parts, text.slice(at)].join(''), missing, assumed }
}

/** Where the variable that begins here ends; undefined where its bracket is never closed, after which none is looked for. */
function findEnd(text: string, start: number): number | undefined {
  const sign = text.charAt(start + 1)
  if (sign === '$') return start + 2
  if (sign !== '{') {
    let end = start + 1
    while (/\w/.test(text.charAt(end))) end += 1
    return end
  }
  let depth = 0
  for (let at = start + 1; at < text.length; at += 1) {
    if (text.charAt(at) === '{' && text.charAt(at - 1) === '$') depth += 1
    else if (text.charAt(at) === '}') depth -= 1
    if (depth === 0) return at + 1
  }
  return undefined
}

function expandOne(variable: string, depth: number): Expanded {
  if (variable === '$$' || variable === '$') return { text: '$', missing: [], assumed: [] }
  const [, name, sign, word = ''] =
    /^\$\{?([A-Za-z_]\w*)(?::?([-?+])([\s\S]*))?$/.exec(variable.replace(/\}$/, '')) ?? []
  if (name === undefined) return { text: variable, missing: [], assumed: [] }
  if (sign === '+') return { text: '', missing: [], assumed: [] }
  if (sign !== '-') return { text: '', missing: [name], assumed: [] }
  const inner = expandVariables(word, depth + 1)
  return { ...inner, assumed: [name, ...inner.assumed] }
}
