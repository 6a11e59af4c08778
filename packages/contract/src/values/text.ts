/**
 * Characters that make a text read as other than it is: NUL, bidirectional marks and overrides, zero-width ones and lone surrogates. Not
 * the two joiners, which are spelling: in Persian and the scripts of India, and in emoji.
 */
const deceptive =
  /[\0\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** The path of the first string or key in a JSON value that holds a deceptive character. */
export function findDeceptiveText(value: unknown, path: (string | number)[] = []): (string | number)[] | undefined {
  if (typeof value === 'string') return deceptive.test(value) ? path : undefined
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, inner] of Object.entries(value)) {
    if (deceptive.test(key)) return path
    const found = findDeceptiveText(inner, [...path, key])
    if (found) return found
  }
  return undefined
}

/** Where words end; in JSON without blanks they end at a quotation mark. */
const border = /[\s"]/

/**
 * What is too long is cut, and says so; never in the middle of a word: what is left of a secret would not be recognized as one, and shown.
 */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  let end = maxLength
  while (end > 0 && !border.test(text.charAt(end))) end -= 1
  return end === 0 ? '… (cut)' : `${text.slice(0, end)} … (cut)`
}

/** The same for the beginning of a text: its end is kept. */
export function cutStart(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  let start = text.length - maxLength
  while (start < text.length && !border.test(text.charAt(start - 1))) start += 1
  return start === text.length ? '(cut) …' : `(cut) … ${text.slice(start)}`
}

/** The last part of a text that is longer; never from the middle of a character. */
export function keepEnd(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : text.slice(-maxLength).replace(/^[\udc00-\udfff]/, '')
}

/**
 * Whether some line says one thing and then another: as one pattern, `first.*then` would look for the second anew from each place of the
 * first, and a text made of the first alone would take as long as its length squared.
 */
export function inOrder(first: RegExp, then: RegExp): Pick<RegExp, 'test'> {
  return { test: (text) => text.split('\n').some(saysBoth) }

  function saysBoth(line: string): boolean {
    const start = line.search(first)
    return start >= 0 && then.test(line.slice(start))
  }
}
