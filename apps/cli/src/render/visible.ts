/** A sequence that sets colours and weights, and any other character that a terminal obeys instead of showing it, or that turns the order of a line. */
const unseen =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is shown
  /\x1b\[([0-9;:]{0,64})m|(?!\t|\r?\n)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

/**
 * A text of others as a terminal may be given it: colours, tabs and line ends pass, every other control character and what turns the
 * direction of writing stand as `\u001b`. So does a carriage return that ends no line: it would write over what is before it. What is
 * printed passes this once, at its end.
 */
export function visible(text: string): string {
  return text.replace(unseen, (found, colours: string | undefined) =>
    colours !== undefined && !conceals(colours) ? found : spell(found),
  )
}

function spell(text: string): string {
  const escaped = (text.codePointAt(0) ?? 0).toString(16).padStart(4, '0')
  return `\\u${escaped}${text.slice(1)}`
}

/** Of what a colour sequence may say, 8 alone hides text; after 38, 48 and 58 come colours. */
function conceals(parameters: string): boolean {
  return /(^|[;:])0*8([;:]|$)/.test(parameters.replace(/(^|[;:])0*[345]8[;:](0*5[;:]\d*|0*2([;:]\d*)+)/g, '$1'))
}

/** The same for text in pieces: a colour sequence and the end of a line may be split between two. */
export function createVisibleStream(): { push(text: string): string; rest(): string } {
  let kept = ''
  return {
    push(text) {
      const all = kept + text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the beginning of a colour sequence, or of a line's end
      kept = /(\x1b(\[[0-9;:]{0,64})?|\r)$/.exec(all)?.[0] ?? ''
      return visible(all.slice(0, all.length - kept.length))
    },
    rest: () => visible(kept),
  }
}

/** Without colours as well, and on as many lines as it has: for cells of a table and lines that are cut. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
  return visible(text.replace(/\x1b\[[0-9;:]{0,64}m|\r/g, ''))
}

/** As a document that means the same. */
export function formatJson(value: unknown, indent?: number): string {
  return visible(JSON.stringify(value, null, indent))
}
