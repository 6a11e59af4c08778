import { expect, test } from 'vitest'
import { expandVariables } from './expand-variables.ts'
import { createAllowance, giveValues, showVariables } from './give-values.ts'

const values = new Map(
  Object.entries({ A: 'one', EMPTY: '', ODD: 'a$b}c$$', PASSWORD: 'hunter2' }).map(([name, text]) => [
    name,
    { text, from: '.env', isHidden: name === 'PASSWORD' },
  ]),
)

function give(text: string): string {
  return giveValues(text, values, createAllowance())
}

test.each([
  ['$A', 'one', ['A in .env'], []],
  [`<\${A}>`, '<one>', ['A in .env'], []],
  [`\${A:-\${B}}`, 'one', ['A in .env'], []],
  [`\${B:-\${A:?x}}`, 'one', ['A in .env'], []],
  [`\${A:+\${ODD}!}`, 'a$b}c$$!', ['A in .env', 'ODD in .env'], []],
  [`\${EMPTY:-x}`, 'x', [], []],
  [`\${EMPTY-x}`, '', ['EMPTY in .env'], []],
  [`\${EMPTY:?x}`, '', [], ['EMPTY']],
  [`\${EMPTY?x}`, '', ['EMPTY in .env'], []],
  [`\${EMPTY:+x}\${EMPTY+x}`, 'x', ['EMPTY in .env'], []],
  [`\${PASSWORD:-x}`, '', [], ['PASSWORD']],
  [`\${PASSWORD:+yes}`, 'yes', ['PASSWORD in .env'], []],
  ['$$A', '$A', [], []],
  // These are none of compose's.
  [`\${A:=.env:x}\${A:!.env}`, `\${A:=.env:x}\${A:!.env}`, [], []],
])('%j', (text, expanded, given, missing) => {
  expect(expandVariables(give(text))).toMatchObject({ text: expanded, given, missing })
})

test('a hidden value stands nowhere, and is shown as it was written', () => {
  expect(give(`\${PASSWORD} $PASSWORD`)).not.toContain('hunter2')
  expect(expandVariables(give('$PASSWORD')).hidden).toEqual(['PASSWORD in .env'])
  expect(showVariables(give(`\${PASSWORD}:\${A:-x}:\${B}`))).toBe(`\${PASSWORD}:\${A}:\${B}`)
})

test('values that stand in many places are bounded', () => {
  const large = new Map([['A', { text: 'x'.repeat(10_000), from: '.env', isHidden: false }]])
  const allowance = createAllowance()
  expect(() => giveValues('$A'.repeat(7), large, createAllowance())).toThrow('too long')
  expect(() => {
    for (let count = 0; count < 500; count += 1) giveValues('$A', large, allowance)
  }).toThrow('too long')
})
