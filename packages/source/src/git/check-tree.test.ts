import { expect, test } from 'vitest'
import { countTree } from './check-tree.ts'

const limits = { maxFiles: 3, maxBytes: 100 }
const record = (type: string, size: string, path: string) =>
  `100644 ${type} ${'a'.repeat(40)} ${size.padStart(7)}\t${path}\0`

test('counts records that are split anywhere, and the submodules among them', () => {
  const count = countTree(limits)
  const text = record('blob', '60', 'a b\nc') + record('commit', '-', 'sub') + record('blob', '40', 'd')
  for (const part of [text.slice(0, 5), text.slice(5, 90), text.slice(90)]) count.take(part)
  expect(count.total).toEqual({
    files: 3,
    bytes: 100,
    links: [{ path: 'sub', commit: 'a'.repeat(40) }],
    attributes: [],
  })
})

test.each([
  ['files', record('blob', '1', 'a').repeat(4)],
  ['bytes', record('blob', '101', 'a')],
])('stops at too many %s', (_what, text) => {
  expect(() => countTree(limits).take(text)).toThrow(expect.objectContaining({ code: 'repo-too-large' }))
})
