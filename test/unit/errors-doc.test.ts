import { readFileSync } from 'node:fs'
import { failures, problems } from '@stevedore/contract'
import { expect, test } from 'vitest'

const text = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')

/** The rows of the table under a heading, by their first cell. */
function readTable(heading: string): Record<string, string[]> {
  const [, section = ''] = text.split(`## ${heading}\n`)
  const [own = ''] = section.split('\n## ')
  const rows = own.split('\n').filter((line) => line.startsWith('| `'))
  return Object.fromEntries(
    rows.map((row) => {
      const [code = '', ...cells] = row.slice(2, -2).split(' | ')
      return [code.replaceAll('`', ''), cells]
    }),
  )
}

test('the documented problems are those of the contract, each with something to do', () => {
  const documented = readTable('Refused requests')
  const shown = Object.entries(documented).map(([code, [status, title]]) => [code, { status: Number(status), title }])
  expect(Object.fromEntries(shown)).toEqual(problems)
  for (const [code, [, , remedy = '']] of Object.entries(documented)) expect(remedy.length, code).toBeGreaterThan(10)
})

test('the documented failures are those of the contract', () => {
  const shown = Object.entries(readTable('Failed jobs')).map(([code, cells]) => {
    const [kind, title, remedy] = cells
    return [code, { class: kind, title, remedy }]
  })
  const known = Object.entries(failures).map(([code, { class: kind, title, remedy }]) => [
    code,
    { class: kind, title, remedy },
  ])
  expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(known))
})
