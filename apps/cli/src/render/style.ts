import { styleText } from 'node:util'

type Format = Parameters<typeof styleText>[0]

/** Colours a text where the stream is a terminal that shows colours; NO_COLOR and FORCE_COLOR are honoured. */
export function paint(format: Format, text: string, stream: NodeJS.WritableStream = process.stdout): string {
  return styleText(format, text, { stream, validateStream: true })
}

/** Cuts to a number of columns, with an ellipsis; for text without control sequences. */
export function clip(text: string, columns: number): string {
  const letters = [...text]
  return letters.length <= columns ? text : `${letters.slice(0, Math.max(0, columns - 1)).join('')}…`
}
