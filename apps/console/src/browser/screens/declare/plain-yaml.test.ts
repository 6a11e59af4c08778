import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { parsePlainYaml } from './plain-yaml.ts'

const root = join(import.meta.dirname, '../../../../../..')
const specs = globSync('examples/**/stevedore.yaml', { cwd: root })

test('there are specs to read', () => {
  expect(specs.length).toBeGreaterThan(0)
})

test.each(specs)('%s reads as by the vendor', (file) => {
  const text = readFileSync(join(root, file), 'utf8')
  expect(parsePlainYaml(text)).toEqual(parse(text))
})

const guide = readFileSync(join(root, 'docs/guide/app-spec.md'), 'utf8')
const blocks = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text)

/** What it reads it reads as the vendor does, or it says that it does not. */
test.each(blocks)('a part of the guide is read alike, or refused: %#', (text) => {
  let read: unknown
  try {
    read = parsePlainYaml(text)
  } catch (error) {
    expect((error as Error).message).toMatch(/^Line \d+ /)
    return
  }
  expect(JSON.stringify(read).replaceAll(/"(\d+)"/g, '$1')).toBe(
    JSON.stringify(parse(text)).replaceAll(/"(\d+)"/g, '$1'),
  )
})

test('values of settings are texts, as they are written', () => {
  expect(parsePlainYaml('env:\n  VERSION: 1.10\n  ON: true\nreplicas: 2 # two\n')).toEqual({
    env: { VERSION: '1.10', ON: 'true' },
    replicas: 2,
  })
})

describe('what it does not read it refuses, with the line', () => {
  test.each([
    ['a: &anchor 1', /^Line 1 /],
    ['a: 1\nb: *anchor', /^Line 2 /],
    ['a:\n  <<: *common', /^Line 2 /],
    ['a: |\n  text', /^Line 1 /],
    ['a: { b: 1', /^Line 1 /],
    ['a: { b }', /^Line 1 /],
    ['a: {b:1}', /^Line 1 /],
    ['a: [b: 1]', /^Line 1 /],
    ['a: [*b]', /^Line 1 /],
    ['a: [1] 2', /^Line 1 /],
    ['a: 0x10', /^Line 1 /],
    ['a: b: c', /^Line 1 /],
    ['a: 1\na: 2', /^Line 2 says a key twice/],
    ['a: 1\n   b: 2', /^Line 2 /],
    ['a: 1\n\tb: 2', /^Line 2 is indented by a tab/],
    ['a: "open', /^Line 1 /],
    ['__proto__: 1', /^Line 1 /],
    ['', /^It is empty/],
  ])('%j', (text, message) => {
    expect(() => parsePlainYaml(text)).toThrow(message)
  })
})

test.each([
  'a: b: c',
  'a: "x # y" # z',
  "a: 'it''s'",
  'a:\n- 1\n- b: 2\n  c: 3\n-\n  - 4',
  'a: http://x/y#z',
  'a: -1.5e3',
  '- a\n- b',
  'a: []\nb: {}',
  'a: ["x, y", z]',
  '"a b": 1',
  'a:\nb: ~',
])('%j reads as by the vendor, or is refused', (text) => {
  let expected: unknown
  try {
    expected = parse(text)
  } catch {
    return
  }
  expect(parsePlainYaml(text)).toEqual(expected)
})
