/** The words of a command line, as a shell splits it, without filling anything in; undefined where a quote is not closed. */
export function splitShellWords(text: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at)
    if (quote === '' && /\s/.test(sign)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (quote === '' && (sign === '"' || sign === "'")) {
      quote = sign
      word ??= ''
    } else if (sign === quote) quote = ''
    else if (sign === '\\' && quote !== "'" && at + 1 < text.length) {
      at += 1
      word = (word ?? '') + takeMarked(text.charAt(at), quote)
    } else word = (word ?? '') + sign
  }
  if (quote !== '') return undefined
  return word === undefined ? words : [...words, word]
}

/** Between double quotes the mark stays before what needs none; outside, a line that goes on is one word's end at most. */
function takeMarked(sign: string, quote: string): string {
  if (sign === '\n') return ''
  return quote === '"' && !/["\\$`]/.test(sign) ? `\\${sign}` : sign
}
