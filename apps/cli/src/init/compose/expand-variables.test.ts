import { expect, test } from 'vitest'
import { expandVariables } from './expand-variables.ts'

test.each([
  ['plain', 'plain', [], []],
  ['$$HOME', '$HOME', [], []],
  [`a-\${TAG:-1.2}-b`, 'a-1.2-b', [], ['TAG']],
  [`\${TAG-}`, '', [], ['TAG']],
  [`\${A:-\${B:-c}}x`, 'cx', [], ['A', 'B']],
  [`\${A:-\${B}}`, '', ['B'], ['A']],
  [`\${A:-a$$}`, 'a$', [], ['A']],
  ['$A:80', ':80', ['A'], []],
  [`\${A:?is needed}`, '', ['A'], []],
  [`\${A:+then}`, '', [], []],
  [`\${A`, `\${A`, [], []],
  ['$', '$', [], []],
  [`\${1}`, `\${1}`, [], []],
])('%j', (text, expanded, missing, assumed) => {
  expect(expandVariables(text)).toEqual({ text: expanded, missing, assumed, given: [], hidden: [] })
})

test('brackets without end take no more time than their number', () => {
  const started = performance.now()
  expandVariables(`\${A:-`.repeat(12_000))
  expandVariables(`${`\${A:-`.repeat(10_000)}${'}'.repeat(9_999)}`)
  expect(performance.now() - started).toBeLessThan(2_000)
})
