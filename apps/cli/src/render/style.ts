import { styleText } from 'node:util'

type Format = Parameters<typeof styleText>[0]

/** Colours a text where the stream is a terminal that shows colours; NO_COLOR and FORCE_COLOR are honoured. */
export function paint(format: Format, text: string, stream: NodeJS.WritableStream = process.stdout): string {
  return styleText(format, text, { stream, validateStream: true })
}

/**
 * Output of builds and apps may hold control sequences that move the cursor or rename the window: what is not text goes. Colours go
 * as well, so that no line bleeds into the next.
 */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replace(/\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|.)|[\0-\x08\x0b-\x1f\x7f-\x9f]/g, '')
}

/** Cuts to a number of columns, with an ellipsis; for text without control sequences. */
export function clip(text: string, columns: number): string {
  const letters = [...text]
  return letters.length <= columns ? text : `${letters.slice(0, Math.max(0, columns - 1)).join('')}…`
}
