import { StringDecoder } from 'node:string_decoder'
import { FailureError } from '@stevedore/contract'

export interface OutputLimits {
  /** In characters; a longer line is cut. */
  maxLineLength: number
  /** More output than this ends the build. */
  maxBytes: number
}

const defaultOutputLimits: OutputLimits = { maxLineLength: 16 * 2 ** 10, maxBytes: 64 * 2 ** 20 }

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what starts a terminal's colours
const colours = /\x1b\[[0-9;]*[A-Za-z]/g

/**
 * Cuts a stream of output into lines without ever holding more than one capped line.
 * @returns takes the chunks; call `end` for a last line without an end. Throws `resource-exceeded` past the total.
 */
export function capLines(onLine: (line: string) => void, limits: OutputLimits = defaultOutputLimits) {
  const decoder = new StringDecoder('utf8')
  let [open, total] = ['', 0]
  const close = () => {
    const line = open.length > limits.maxLineLength ? `${open.slice(0, limits.maxLineLength)} … (cut)` : open
    onLine(line.replace(colours, '').replace(/\r$/, '').replace(/^.*\r/, ''))
    open = ''
  }
  const extend = (text: string) => {
    open = (open + text.slice(0, limits.maxLineLength + 1)).slice(0, limits.maxLineLength + 1)
  }
  return {
    take(chunk: Buffer): void {
      total += chunk.length
      if (total > limits.maxBytes)
        throw new FailureError('resource-exceeded', { diagnosis: `more than ${limits.maxBytes} bytes of output` })
      const [first = '', ...others] = decoder.write(chunk).split('\n')
      extend(first)
      for (const line of others) {
        close()
        extend(line)
      }
    },
    end(): void {
      if (open) close()
    },
  }
}
