import { expect, test } from 'vitest'
import { readEnvFile } from './read-env-file.ts'

test.each([
  ['A=1', '1'],
  ['export A=1', '1'],
  ['A = 1 ', '1'],
  ['A: 1', '1'],
  ['A=', ''],
  ['A=a b#c', 'a b#c'],
  ['A=a b # c', 'a b'],
  ['A=# c', ''],
  ['A="a # b" # c', 'a # b'],
  ['A="a\\n\\t\\"b\\" \\\\ \\$C $D"', 'a\n\t"b" \\ $$C $D'],
  ["A='a\\n \"$B\" \\' # c'", 'a\\n "$$B" \' # c'],
  ['A="one\ntwo"\r\n', 'one\ntwo'],
  ['\uFEFFA=1\r\n', '1'],
  ['A=$B/x', '$B/x'],
])('%j', (text, written) => {
  expect(readEnvFile(text).entries).toMatchObject([{ name: 'A', written }])
})

test('lines that are none are told by their number; a name alone is nobody’s here', () => {
  const { entries, unread } = readEnvFile('# a\n\n  # b\nexport A=1\nB="x\ny"\nC\n1=2\na b\nD="open\nE=5')
  expect(entries.map(({ name }) => name)).toEqual(['A', 'B', 'E'])
  expect(unread).toEqual([8, 9, 10])
})

test('quotes without end take no more time than their number', () => {
  const started = performance.now()
  readEnvFile('A="\\"\n'.repeat(60_000))
  readEnvFile(`${`A='\n`.repeat(60_000)}B="`)
  readEnvFile(`A="${'\n'.repeat(500_000)}`)
  expect(performance.now() - started).toBeLessThan(2_000)
})
