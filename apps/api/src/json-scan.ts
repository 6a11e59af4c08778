import { ProblemError } from '@stevedore/contract'

/** Deeper than any document that the API takes, shallow enough for every recursive reader. */
const maxDepth = 64

const [quote, backslash, comma, openBrace, openBracket, closeBrace, closeBracket] = Buffer.from('"\\,{[}]')

/**
 * One pass over the text, before anything is built from it: what is too deep, has too many members, or gives a key of one object twice is
 * refused. Of the last, readers take one or the other: who checks a body and who acts on it might not mean the same. That it is JSON at
 * all is for the parser to say.
 * @param maxMembers members and elements together
 * @throws ProblemError `malformed-json`, which quotes nothing of the text
 */
export function scanJson(text: string, maxMembers: number): void {
  /** The keys of each object that is open; null for a list. */
  const open: (Set<string> | null)[] = []
  let members = 0
  let keyIsNext = false
  for (let index = 0; index < text.length; index++) {
    const sign = text.charCodeAt(index)
    if (sign === quote) {
      const end = findStringEnd(text, index)
      if (keyIsNext) addKey(open.at(-1), text.slice(index + 1, end))
      keyIsNext = false
      index = end
    } else if (sign === openBrace || sign === openBracket) {
      keyIsNext = sign === openBrace
      if (open.push(keyIsNext ? new Set() : null) > maxDepth) throw refuse(`is nested deeper than ${maxDepth}`)
    } else if (sign === closeBrace || sign === closeBracket) {
      open.pop()
      keyIsNext = false
    } else if (sign === comma) {
      keyIsNext = Boolean(open.at(-1))
      if (++members > maxMembers) throw refuse(`has more than ${maxMembers} members`)
    }
  }
}

/** Where the string that begins here is closed; the text's length where it is not. */
function findStringEnd(text: string, start: number): number {
  let index = start + 1
  while (index < text.length && text.charCodeAt(index) !== quote) index += text.charCodeAt(index) === backslash ? 2 : 1
  return Math.min(index, text.length)
}

function addKey(keys: Set<string> | null | undefined, written: string): void {
  if (!keys) return
  const before = keys.size
  if (keys.add(readKey(written)).size === before) throw refuse('gives a key of an object twice')
}

/** As it is read: `\u0061` is `a`. One that cannot be read is no JSON, which the parser finds. */
function readKey(written: string): string {
  if (!written.includes('\\')) return written
  try {
    return String(JSON.parse(`"${written}"`))
  } catch {
    return written
  }
}

function refuse(why: string): ProblemError {
  return new ProblemError('malformed-json', `The body ${why}.`)
}
