import { expect, test } from 'vitest'
import { joinOutput } from './command-in-terminal.ts'

test.each([
  ['', 'begun', 'begun'],
  ['one\r\n', '', 'one\r\n'],
  ['one\r\n', 'two\r\n', 'one\r\ntwo\r\n'],
  ['one\r\ntwo\r\n', 'two\r\n# ', 'one\r\ntwo\r\n# '],
  ['one\r\ntwo\r\n', 'one\r\ntwo\r\n', 'one\r\ntwo\r\n'],
])('what a log and a terminal both have is shown once: %j, %j', (before, after, joined) => {
  expect(joinOutput(Buffer.from(before), Buffer.from(after)).toString()).toBe(joined)
})
