/** A text of a compose file without its variables. */
export interface Expanded {
  text: string
  /** Those that have no value here: they stand for nothing in the text. */
  missing: string[]
  /** Those whose default stands in it. */
  assumed: string[]
  /** Those whose value of a file of variables stands in it, with that file: `PORT in .env`. */
  given: string[]
  /** Those that have a value there which no spec may say; they are missing as well. */
  hidden: string[]
}

/** Longer than any value that is taken. */
export const longest = 65_536
export const deepest = 10

/** `$NAME`, `${NAME}`, `${NAME:-else}`, `${NAME:?why}`, `${NAME:+then}`, `$$`: as compose reads them, with the values that `giveValues` put in. */
export function expandVariables(text: string, depth = 0): Expanded {
  const found: Expanded = { text, missing: [], assumed: [], given: [], hidden: [] }
  if (!text.includes('$') || text.length > longest || depth > deepest) return found
  const parts = splitAtVariables(text).map((part, at) => {
    if (at % 2 === 0) return part
    const { text: one, ...names } = expandOne(part, depth)
    for (const kind of ['missing', 'assumed', 'given', 'hidden'] as const) found[kind].push(...(names[kind] ?? []))
    return one
  })
  return { ...found, text: parts.join('') }
}

/** The plain parts of a text and, between each two of them, a variable as it is written. */
export function splitAtVariables(text: string): string[] {
  const parts: string[] = []
  let at = 0
  for (let next = text.indexOf('$'); next >= 0; next = text.indexOf('$', at)) {
    const end = findEnd(text, next)
    if (end === undefined) break
    parts.push(text.slice(at, next), text.slice(next, end))
    at = end
  }
  return [...parts, text.slice(at)]
}

/** Where the variable that begins here ends; undefined where its bracket is never closed, after which none is looked for. */
function findEnd(text: string, start: number): number | undefined {
  const sign = text.charAt(start + 1)
  if (sign === '$' || sign === '}') return start + 2
  if (sign !== '{') {
    let end = start + 1
    while (/\w/.test(text.charAt(end))) end += 1
    return end
  }
  let depth = 1
  for (let at = start + 2; at < text.length; at += 1) {
    const pair = text.slice(at, at + 2)
    if (pair === '$$' || pair === '$}') at += 1
    else if (pair === '${') {
      depth += 1
      at += 1
    } else if (text.charAt(at) === '}') depth -= 1
    if (depth === 0) return at + 1
  }
  return undefined
}

interface Variable {
  name: string
  /** Whether an empty value counts as none. */
  isStrict: boolean
  /** `=` and `!` are of `giveValues` alone: a value, and one that is hidden. */
  sign: string | undefined
  word: string
}

export function readVariable(written: string): Variable | undefined {
  const [, name, colon = '', sign, word = ''] =
    /^\$\{?([A-Za-z_]\w*)(?:(:?)([-?+=!])([\s\S]*))?$/.exec(written.replace(/\}$/, '')) ?? []
  return name === undefined ? undefined : { name, isStrict: colon !== '', sign, word }
}

function expandOne(written: string, depth: number): Partial<Expanded> & Pick<Expanded, 'text'> {
  // `$}` is how a bracket stands in a value.
  if (/^\$[$}]?$/.test(written)) return { text: written.slice(-1) }
  const variable = readVariable(written)
  if (!variable) return { text: written }
  const { name, sign, word } = variable
  if (sign === '+') return { text: '' }
  if (sign === '!') return { text: '', missing: [name], hidden: [`${name} in ${word}`] }
  if (sign === '=') return expandGiven(name, word, depth)
  if (sign !== '-') return { text: '', missing: [name] }
  const inner = expandVariables(word, depth + 1)
  return { ...inner, assumed: [name, ...inner.assumed] }
}

/** `.env:8080`: the file that has it, and what stands for it. */
function expandGiven(name: string, word: string, depth: number): Expanded {
  const end = word.indexOf(':')
  const inner = expandVariables(word.slice(end + 1), depth)
  return { ...inner, given: [`${name} in ${word.slice(0, end)}`, ...inner.given] }
}
