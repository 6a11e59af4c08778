import { expect, test } from 'vitest'
import { createScreen } from './screen.ts'

/** As much of a terminal as the screen uses. */
function createTerminal() {
  const lines: string[] = ['above']
  let row = 1
  let written = ''
  return {
    lines,
    write(text: string) {
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
    },
  }
}

test('a block is redrawn in place, grows, and leaves nothing behind when it shrinks', () => {
  const terminal = createTerminal()
  const screen = createScreen(terminal)
  screen.draw(['one', 'two'])
  screen.draw(['one', '2', 'three'])
  expect(terminal.lines).toEqual(['above', 'one', '2', 'three'])
  screen.draw(['1'])
  expect(terminal.lines.filter(Boolean)).toEqual(['above', '1'])
  screen.release()
  screen.draw(['below'])
  expect(terminal.lines.filter(Boolean)).toEqual(['above', '1', 'below'])
})

test('a line that stays is not written again', () => {
  const texts: string[] = []
  const screen = createScreen({ write: (text) => texts.push(text) })
  screen.draw(['stays', 'before'])
  screen.draw(['stays', 'after'])
  expect(texts[1]).toContain('after')
  expect(texts[1]).not.toContain('stays')
})
