import { PassThrough } from 'node:stream'

/** As much of a terminal as the screen uses: what is written to it, and the lines that it then shows. For tests. */
export function createTerminal() {
  const lines: string[] = ['above']
  let row = 1
  let written = ''
  function write(text: string) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what terminals are told
    for (const [token, up] of text.matchAll(/\x1b\[(\d+)A|\x1b\[\??\d*[A-Za-z]|\r|\n|[^\x1b\r\n]+/g)) {
      if (token === '\n') row++
      else if (up) row -= Number(up)
      else if (token === '\x1b[K') lines[row] = written === '' ? '' : (lines[row] ?? '')
      else if (token === '\r') written = ''
      else if (!token.startsWith('\x1b')) {
        lines[row] = token
        written = token
      }
    }
  }
  return { lines, write }
}

/** A stream that shows on a terminal as wide and high as given. */
export function connectTerminal({ columns, rows }: { columns: number; rows: number }) {
  const terminal = createTerminal()
  const out = Object.assign(new PassThrough({ encoding: 'utf8' }), { columns, rows })
  out.on('data', terminal.write)
  return { lines: terminal.lines, out }
}
