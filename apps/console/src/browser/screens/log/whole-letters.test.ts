import { expect, test } from 'vitest'
import { findLetterEnd, keepWhole } from './whole-letters.ts'

const bytes = new TextEncoder().encode('a ö € 😀 z\n')

async function* cut(at: number) {
  yield bytes.subarray(0, at)
  yield bytes.subarray(at)
}

test('wherever a piece ends, what is given ends with a letter, and nothing is lost', async () => {
  for (let at = 0; at <= bytes.length; at++) {
    let text = ''
    for await (const piece of keepWhole(cut(at))) text += new TextDecoder('utf-8', { fatal: true }).decode(piece)
    expect(text, `cut at ${at}`).toBe('a ö € 😀 z\n')
  }
})

test('what is no letter is given as it is', () => {
  expect(findLetterEnd(Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80))).toBe(5)
  expect(findLetterEnd(Uint8Array.of())).toBe(0)
})
