import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readRows } from './docs-tables.ts'

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')

interface Row {
  number: string
  answer: string
  files: string[]
}

const rows = readRows(read('docs/bad-input.md')).map(([number = '', , answer = '', shownBy = '']): Row => {
  return {
    number: number.replaceAll('`', ''),
    answer,
    files: [...shownBy.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file),
  }
})

/** All that was ever asked for. */
const asked = [
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 20, 21, 22, 24, 25, 26, 27, 28, 29, 31, 32, 33, 34],
  ...[35, 36, 38, 39, 40, 41, 42, 43, 44, 45, 47, 48, 50, 51, 53, 54, 55, 57, 58, 60, 61, 62, 63, 64, 66, '66a', 67],
  ...[
    68, 69, 70, 71, 72, 74, 75, 76, 77, 78, 79, 82, 83, 85, 86, 87, 88, 89, 91, 92, 93, 95, 96, 97, 99, 100, 101, 102,
    103, 104, 106,
  ],
].map(String)

/** The rows that a test says it shows: `row 5`, `rows 5 and 7`, and of tables with `row %i` the first cells. */
function listMarks(text: string): string[] {
  const named = [...text.matchAll(/\brows? (\d+a?(?:(?:, | and )\d+a?)*)/gi)].flatMap(([, list = '']) =>
    list.split(/, | and /),
  )
  const cells = text.includes('row %i')
    ? [...text.matchAll(/\[\s*(\d{1,2}|10\d),\s*['"`]/g)].map(([, cell = '']) => cell)
    : []
  return [...named, ...cells]
}

test('every row that was asked for is there, in its order', () => {
  expect(rows.map(({ number }) => number)).toEqual(asked)
})

describe.each(rows)('row $number', ({ number, answer, files }) => {
  test('is shown, or it is said why there is nothing to show', () => {
    if (files.length === 0) return expect(answer).toMatch(/^Not there: .{20,}/)
    for (const file of files) {
      expect(existsSync(join(root, file)), file).toBe(true)
      expect(listMarks(read(file)), file).toContain(number)
    }
  })
})

test('what tests say they show is a row, and names them', () => {
  const files = globSync('{test/integration,packages,apps}/**/*.test.ts', {
    cwd: root,
    exclude: (name) => name.includes('node_modules'),
  })
  const shown = files.flatMap((file) => listMarks(read(file)).map((number) => `${number} ${file}`))
  const listed = rows.flatMap((row) => row.files.map((file) => `${row.number} ${file}`))
  expect([...new Set(shown)].filter((one) => !listed.includes(one))).toEqual([])
})
