import { expect, test } from 'vitest'
import { createTerminal } from '../testing/terminal.ts'
import { createScreen } from './screen.ts'

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
