import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSections } from './docs-tables.ts'

const root = join(import.meta.dirname, '../..')
const text = readFileSync(join(root, 'docs/security.md'), 'utf8')
const sections = [...readSections(text, 2)].map(([title, body]) => ({ title, body }))

/** The files that a section names, in full or beside the one before; with `*` for any. */
function listShown(body: string): string[] {
  const [, shown = ''] = body.split('**Shown by** ')
  let folder = ''
  return [...shown.matchAll(/`([^`\s]+\.test\.ts)`/g)].map(([, named = '']) => {
    if (/^(test|packages|apps)\//.test(named)) folder = dirname(named)
    return /^(test|packages|apps)\//.test(named) ? named : join(folder, named)
  })
}

describe.each(sections)('$title', ({ body }) => {
  test('says what is promised, and is shown by tests that are there', () => {
    expect(body).toContain('**Promise.**')
    expect(body).toContain('**Where it ends.**')
    const files = listShown(body)
    expect(files.length).toBeGreaterThan(0)
    expect(files.filter((file) => globSync(file, { cwd: root }).length === 0)).toEqual([])
  })
})

test('there are sections at all', () => {
  expect(sections.length).toBeGreaterThan(10)
})
