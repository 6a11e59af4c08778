import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { listFunctions } from './functions.ts'
import { listIgnoredErrors } from './ignored-errors.ts'
import { findLooseTypes } from './loose-types.ts'
import { measureCheckout } from './measure-checkout.ts'
import { findLookalikes, findRepeats } from './repeats.ts'
import { parseFile } from './source-file.ts'
import { findWaits } from './waits.ts'

const parse = (...lines: string[]) => parseFile('a.ts', lines.join('\n'))

test('a cast is every `as` but `as const`, wherever it stands, and none of those in texts and comments', () => {
  const file = parse(
    'const a = b as string',
    "const c = ['x'] as const // as string",
    'const d = e as unknown as number',
    "const f = 'as string'",
    'const g = { h } satisfies I',
    "import { j as k } from './l.ts'",
    'const m = n!.o!.p',
    'let q: Record<string, unknown> = {}, r: Record<string, string> = {}',
  )
  expect(findLooseTypes(file)).toEqual({ casts: [1, 3, 3], assertions: [7, 7], records: [8] })
})

test.each([
  ['an empty catch', 'try { f() } catch {}'],
  ['an empty catch that names its error', 'try { f() } catch (error) {}'],
  ['a catch that answers without a look at the error', 'try { f() } catch { return [] }'],
  ['an empty handler', 'f().catch(() => {})'],
  ['a handler that gives a value', 'const a = await f().catch(() => undefined)'],
])('%s ignores an error', (_what, line) => {
  expect(listIgnoredErrors(parse('const x = 1', line))).toEqual([{ line: 2, saysWhy: false }])
})

test.each([
  ['a catch that looks at the error', 'try { f() } catch (error) { tell(error) }'],
  ['a catch that throws another', 'try { f() } catch { throw new Error("absent") }'],
  ['a try without a catch', 'try { f() } finally { g() }'],
  ['a handler by its name', 'f().catch(tell)'],
  ['a handler that looks at the error', 'f().catch((error) => tell(error))'],
  ['a handler that throws another', 'f().catch(() => signal.throwIfAborted())'],
  ['a question', 'f().then(() => true, () => false)'],
])('%s ignores none', (_what, line) => {
  expect(listIgnoredErrors(parse(line))).toEqual([])
})

test.each([
  ['on its line', 'f().catch(() => {}) // It was gone before.'],
  ['on the line above', '// It was gone before.', 'f().catch(() => {})'],
  ['above the statement that it ends', '// It was gone before.', 'await f()', '  .g()', '  .h()', '  .catch(() => {})'],
  ['in the catch', 'try { f() } catch {', '  // It was gone before.', '}'],
  ['above the try', '// It may be gone before.', 'try {', '  f()', '  g()', '} catch {}'],
  [
    'above the function whose first line it is',
    '/** Absent is fine. */',
    'function g() {',
    '  f().catch(() => {})',
    '}',
  ],
])('a comment %s says why', (_where, ...lines) => {
  expect(listIgnoredErrors(parse(...lines))).toMatchObject([{ saysWhy: true }])
})

test('a comment elsewhere does not', () => {
  const file = parse('// Of f.', 'f()', 'const a = 1', 'g().catch(() => {})', '// Of the next.', 'h()')
  expect(listIgnoredErrors(file)).toEqual([{ line: 4, saysWhy: false }])
})

test('polls and sleeps are found by what is called', () => {
  const file = parse(
    "import { setTimeout as pause } from 'node:timers/promises'",
    'await expect.poll(() => n).toBe(1)',
    'await vi.waitFor(f)',
    'await until(`a job`, look)',
    'await pause(10)',
    'await new Promise((resolve) => setTimeout(resolve, 10))',
    'await new Promise<void>((done) => setTimeout(() => done(), 10))',
    'setTimeout(resolve, 10)',
    'await new Promise((_, reject) => setTimeout(() => reject(late), 10))',
    'consumer.pause()',
    'expect(poll).toBe(1)',
  )
  expect(findWaits(file)).toEqual({ polls: [2, 3, 4], sleeps: [5, 6, 7] })
})

test('functions are measured by their bodies in braces, those inside included', () => {
  const file = parse(
    'function f() {',
    '  const g = () => {',
    '    return 1',
    '  }',
    '}',
    'const h = (a: number) => a',
    'class C {',
    '  m() {}',
    '}',
  )
  expect(listFunctions(file)).toEqual([
    { line: 1, lines: 5 },
    { line: 2, lines: 3 },
    { line: 8, lines: 1 },
  ])
})

const sixLines = [
  'const a = 1',
  'if (a > 2) {',
  "  tell('b')",
  '}',
  'for (const c of a) tell(c, 3)',
  'return a',
  'throw a',
  'let d = a',
]

test('a repeat is found in each place, once, however long it is', () => {
  const [one, two] = [
    parseFile('one.ts', sixLines.join('\n')),
    parseFile('two.ts', ['// Again:', ...sixLines].join('\n')),
  ]
  expect(findRepeats([one, two])).toEqual([
    { path: 'one.ts', line: 1 },
    { path: 'two.ts', line: 2 },
  ])
  expect(findRepeats([one])).toEqual([])
})

test('what differs by names and values alone looks alike', () => {
  const other = sixLines.map((line) => line.replaceAll(/\ba\b/g, 'other').replace("'b'", '`z`').replace('3', '42'))
  const files = [parseFile('one.ts', sixLines.join('\n')), parseFile('two.ts', other.join('\n'))]
  expect(findRepeats(files)).toEqual([])
  expect(findLookalikes(files)).toHaveLength(2)
})

test('imports and tables do not count as repeats', () => {
  const table = Array.from({ length: 9 }, (_, index) => `  key${index}: ${index},`)
  const imports = ['import {', '  a,', '  b as c,', '  type D,', '  E,', '  F,', '  g as H,', "} from './x.ts'"]
  const files = ['one.ts', 'two.ts'].map((path) =>
    parseFile(path, [...imports, 'const t = {', ...table, '}'].join('\n')),
  )
  expect(findLookalikes(files)).toEqual([])
})

test('tests, suites and the testkit are no source', () => {
  const root = mkdtempSync(join(tmpdir(), 'stevedore-measure-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const [path, text] of Object.entries({
    'packages/a/src/a.ts': 'export const a = b as string\n',
    'packages/a/src/a.test.ts': 'await expect.poll(f).toBe(c as number)\n',
    'packages/a/src/conformance.ts': 'export const d = 1\n',
    'packages/a/src/conformance/suite.ts': 'await delay(1)\n',
    'packages/testkit/src/e.ts': 'export const e = 1\n',
    'test/f.ts': 'export const f = 1\n\nexport const g = 1\n',
  })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  expect(measureCheckout(root)).toMatchObject({
    'source files': { value: '1' },
    'lines of tests': { value: '7' },
    casts: { value: '1', places: [{ path: 'packages/a/src/a.ts', line: 1 }] },
    'polls in tests': { value: '1' },
    'sleeps in tests': { value: '1' },
  })
})
