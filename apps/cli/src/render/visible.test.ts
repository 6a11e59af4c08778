import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createVisibleStream, formatJson, plain, visible } from './visible.ts'

test.each([
  [
    '\x1b[31mred\x1b[0m \x1b[1;38;5;8mgrey\x1b[m\x1b[48;2;1;8;3m',
    '\x1b[31mred\x1b[0m \x1b[1;38;5;8mgrey\x1b[m\x1b[48;2;1;8;3m',
  ],
  ['a\tb\r\nc', 'a\tb\r\nc'],
  ['error: denied\rall is well\r', 'error: denied\\u000dall is well\\u000d'],
  ['\x1b]52;c;ZXZpbA==\x07', '\\u001b]52;c;ZXZpbA==\\u0007'],
  ['\x1b]0;title\x1b\\', '\\u001b]0;title\\u001b\\'],
  [
    '\x1b[2J\x1b[H\x1b[1;1H\x1b7\x1bc\x1bP+q\x1b\\',
    '\\u001b[2J\\u001b[H\\u001b[1;1H\\u001b7\\u001bc\\u001bP+q\\u001b\\',
  ],
  ['\x9b2J\x9d52;c;eA==\x9c\x90', '\\u009b2J\\u009d52;c;eA==\\u009c\\u0090'],
  ['\x1b[8mhidden\x1b[1;8m', '\\u001b[8mhidden\\u001b[1;8m'],
  ['\0\x07\b\x0b\x0c\x0e\x7f', '\\u0000\\u0007\\u0008\\u000b\\u000c\\u000e\\u007f'],
  [
    '\u202egpj.exe\u202c \u2066x\u2069 \u061c\u200e\u200f',
    '\\u202egpj.exe\\u202c \\u2066x\\u2069 \\u061c\\u200e\\u200f',
  ],
  ['naïve 🚢 日本', 'naïve 🚢 日本'],
])('%j is shown as %j', (text, shown) => {
  expect(visible(text)).toBe(shown)
})

test('a line that is cut or put into a table has no colours and no ends of lines of its own', () => {
  expect(plain('\x1b[31mred\x1b[0m \x1b]0;title\x07a\rb\ttab')).toBe('red \\u001b]0;title\\u0007ab\ttab')
})

test('whatever comes, a terminal is given nothing but text and colours', () => {
  const anything = fc.string({
    unit: fc.oneof(
      fc.constantFrom('\x1b', '[', ']', '8', ';', 'm', '\x9b', '\x7f', '\u202e'),
      fc.nat(0x2100).map((code) => String.fromCharCode(code)),
    ),
  })
  fc.assert(
    fc.property(anything, (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what may pass
      const others = visible(text).replace(/\x1b\[[0-9;:]*m/g, '')
      expect(others).not.toMatch(/(?!\t|\r?\n)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u)
      expect(visible(visible(text))).toBe(visible(text))
    }),
  )
})

test('a colour or a line’s end that is split between two pieces passes, and nothing is lost', () => {
  const text = 'a\x1b[1;31mb\x1b[0mc\r\nd\re\x1b]52;c;x\x07\x1b[3'
  for (let at = 0; at <= text.length; at++) {
    const { push, rest } = createVisibleStream()
    expect(push(text.slice(0, at)) + push(text.slice(at)) + rest()).toBe(visible(text))
  }
})

test('JSON stays what it says', () => {
  const value = { name: '\x1b]52;c;x\x07\x9b\u202e' }
  expect(formatJson(value)).toBe(visible(formatJson(value)))
  expect(JSON.parse(formatJson(value))).toEqual(value)
})
