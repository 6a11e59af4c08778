interface LineSplitter {
  /** The lines that end with this piece of text. */
  push(text: string): string[]
  /** What no line has ended of yet. */
  rest(): string
}

/** Cuts output, which comes in pieces of any size, into its lines. */
export function createLineSplitter(): LineSplitter {
  let rest = ''
  return {
    push(text) {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      return lines
    },
    rest: () => rest,
  }
}
