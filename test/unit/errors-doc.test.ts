import { readFileSync } from 'node:fs'
import { failureCodes, failureRunbookSections, failures, findFailureRunbook, problems } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { readSections } from './docs-tables.ts'

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

test('each failure has one runbook, which names it, says what to do, and is linked from its row', () => {
  const runbook = readFileSync(new URL('../../docs/runbooks/failures.md', import.meta.url), 'utf8')
  const sections = readSections(runbook, 2)
  expect([...sections.keys()]).toEqual(Object.keys(failureRunbookSections))
  for (const [name, codes] of Object.entries(failureRunbookSections)) {
    const [, named = '', ...text] = (sections.get(name) ?? '').split('\n')
    expect(named, name).toBe(codes.map((code) => `\`${code}\``).join(', '))
    for (const part of ['**Means.**', '**Do.**', '**Over when**']) expect(text.join('\n'), name).toContain(part)
  }
  expect(Object.values(failureRunbookSections).flat().toSorted()).toEqual(failureCodes.toSorted())
  for (const [code, [, , , link]] of Object.entries(readTable('Failed jobs'))) {
    const [, section] = findFailureRunbook(code as (typeof failureCodes)[number]).split('#')
    expect(link, code).toBe(`[${section}](runbooks/failures.md#${section})`)
  }
})
