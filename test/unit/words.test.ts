import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readRows } from './docs-tables.ts'

const root = join(import.meta.dirname, '../..')
const glossary = readFileSync(join(root, 'docs/glossary.md'), 'utf8')
const rows = readRows(glossary).map(([word = '', keptFor = '']) => ({ word: unquote(word), rooms: readRooms(keptFor) }))

const files = globSync('{apps,packages,bin,test,scripts}/**/*.ts', {
  cwd: root,
  exclude: (name) => name.includes('node_modules'),
}).filter((file) => !import.meta.filename.endsWith(file))

/** Names of the language itself. */
const foreign = /allSettled|PromiseSettledResult/g

function unquote(cell: string): string {
  return cell.replaceAll('`', '')
}

function readRooms(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, room = '']) => room)
}

/** The lines that say a word, in prose or in a name, in any of its forms: `settledBy`, `isSettled`. */
function findLines(file: string, word: string): string[] {
  const said = new RegExp(`\\b${word}\\w*`, 'i')
  return readFileSync(join(root, file), 'utf8')
    .split('\n')
    .filter((line) => said.test(line.replace(foreign, '').replace(/([a-z0-9])([A-Z])/g, '$1 $2')))
    .map((line) => `${file}: ${line.trim()}`)
}

test.each(rows)('$word is said only for what it is kept for', ({ word, rooms }) => {
  const elsewhere = files.filter((file) => !rooms.some((room) => file === room || file.startsWith(`${room}/`)))
  expect(elsewhere.flatMap((file) => findLines(file, word))).toEqual([])
})

test.each(rows)('$word is still said where it is kept', ({ word, rooms }) => {
  const silent = rooms.filter(
    (room) => !files.some((file) => (file === room || file.startsWith(`${room}/`)) && findLines(file, word).length > 0),
  )
  expect(silent).toEqual([])
})

test('the glossary explains each word once', () => {
  const terms = [...glossary.matchAll(/^\*\*([^*]+)\.\*\*/gm)].flatMap(([, names = '']) => names.split(', '))
  expect(terms.length).toBeGreaterThan(50)
  expect(terms.filter((term, index) => terms.indexOf(term) !== index)).toEqual([])
})

test('what is ruled out is read at all', () => {
  expect(rows.map(({ word }) => word)).toContain('settle')
})
