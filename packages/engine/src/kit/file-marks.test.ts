import { expect, test } from 'vitest'
import { markContent, nameFileKey } from './file-marks.ts'

test('a file is told by its beginning and by what sets it apart, in one line of visible characters', () => {
  expect(markContent(Buffer.from('hello\n'))).toBe('"hello\\n" (6 bytes, sha256 5891b5b522d5)')
  expect(markContent(Buffer.alloc(300_000, 'a'))).toMatch(/^"a{60}"… \(300000 bytes, sha256 [0-9a-f]{12}\)$/)
  expect(markContent(Buffer.from('a\u202eb\u200b\x1b[2J'))).toMatch(/^"a\ufffdb\ufffd\\u001b\[2J" /)
  expect(markContent(Buffer.of(0xff, 0x00, 0x41))).toMatch(/^"\ufffd\\u0000A" \(3 bytes/)
})

test('no two paths have the same key, and each is one that a ConfigMap takes', () => {
  const paths = ['/a/b', '/a_/b', '/a/_b', '/a.b', '/a_.b', '/a__/b', '/.a/b', '/a/.b', '/a_b', `/${'_'.repeat(119)}`]
  const keys = paths.map((path) => nameFileKey({ path }))
  expect(new Set(keys).size).toBe(paths.length)
  for (const key of keys) expect(key).toMatch(/^[-._a-zA-Z0-9]{1,253}$/)
  expect(nameFileKey({ path: '/app/config.json' })).toBe('app_.config.json')
})
