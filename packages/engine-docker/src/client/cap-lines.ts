import { FailureError } from '@stevedore/contract'
import { createLineSplitter } from '@stevedore/engine'

export interface OutputLimits {
  /** In characters; a longer line is cut. */
  maxLineLength: number
  /** More output than this ends the build: it prints without end. What a log keeps is far less. */
  maxBytes: number
}

const defaultOutputLimits: OutputLimits = { maxLineLength: 16 * 2 ** 10, maxBytes: 2 ** 30 }

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what starts a terminal's colours
const colours = /\x1b\[[0-9;]*[A-Za-z]/g

/**
 * Cuts a stream of output into lines without ever holding more than one capped line.
 * @returns takes the chunks; call `end` for a last line without an end. Throws `resource-exceeded` past the total.
 */
export function capLines(onLine: (line: string) => void, limits: OutputLimits = defaultOutputLimits) {
  const splitter = createLineSplitter((line) => onLine(line.replace(colours, '')), { maxLength: limits.maxLineLength })
  let total = 0
  return {
    take(chunk: Buffer): void {
      total += chunk.length
      if (total > limits.maxBytes)
        throw new FailureError('resource-exceeded', { diagnosis: `more than ${limits.maxBytes} bytes of output` })
      splitter.take(chunk)
    },
    end: () => splitter.end(),
  }
}
