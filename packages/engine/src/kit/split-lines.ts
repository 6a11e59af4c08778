import { StringDecoder } from 'node:string_decoder'
import { cutText } from '@stevedore/contract'

/** In characters; a longer line is cut, and says so. */
const maxLineLength = 16 * 2 ** 10

export interface SplitOptions {
  /** Default: 16 KiB. */
  maxLength?: number
  /** Each line begins with its time and a space, which a carriage return leaves as they are. Default: no. */
  stamped?: boolean
}

export interface LineSplitter {
  take(chunk: Buffer): void
  /** For a last line without an end. */
  end(): void
  /** Whether a line has begun that has not ended. */
  isOpen(): boolean
}

/**
 * Makes lines of bytes, as they come, without ever holding more than one line. A character may be spread over chunks. A bare carriage
 * return begins the line anew, as on a terminal: of a progress bar the last state is left.
 */
export function createLineSplitter(
  onLine: (line: string) => void,
  { maxLength = maxLineLength, stamped = false }: SplitOptions = {},
): LineSplitter {
  const decoder = new StringDecoder('utf8')
  let [open, returned] = ['', false]
  const write = (text: string) => {
    if (returned) open = stamped ? open.slice(0, open.indexOf(' ') + 1) : ''
    returned = false
    open = (open + text.slice(0, maxLength + 1)).slice(0, maxLength + 1)
  }
  const extend = (text: string) => {
    const [first = '', ...rewritten] = text.split('\r')
    if (first) write(first)
    for (const state of rewritten) {
      returned = true
      if (state) write(state)
    }
  }
  const close = () => {
    onLine(cutText(open, maxLength))
    ;[open, returned] = ['', false]
  }
  const read = (text: string) => {
    const [first = '', ...others] = text.split('\n')
    extend(first)
    for (const line of others) {
      close()
      extend(line)
    }
  }
  return {
    take: (chunk) => read(decoder.write(chunk)),
    end() {
      read(decoder.end())
      if (open) close()
    },
    isOpen: () => open !== '' || returned,
  }
}

/** The lines of a stream of bytes. */
export async function* readLines(chunks: AsyncIterable<Buffer>, options?: SplitOptions): AsyncGenerator<string> {
  let lines: string[] = []
  const splitter = createLineSplitter((line) => lines.push(line), options)
  const take = () => {
    const taken = lines
    lines = []
    return taken
  }
  for await (const chunk of chunks) {
    splitter.take(chunk)
    yield* take()
  }
  splitter.end()
  yield* take()
}
