import { readFileSync } from 'node:fs'
import { isFinal, jobStates, waitReasons } from '@stevedore/contract'
import { transitions } from '@stevedore/domain'
import { expect, test } from 'vitest'
import { readRows } from './docs-tables.ts'

const text = readFileSync(new URL('../../docs/lifecycle.md', import.meta.url), 'utf8')
const legal = jobStates.flatMap((from) => transitions[from].map((to) => `${from} → ${to}`)).sort()

test('the documented moves are those that the domain allows', () => {
  const moves = readRows(text).filter((row) => row.length === 3)
  expect(moves.map(([from, to]) => `${from} → ${to}`.replaceAll('`', '')).sort()).toEqual(legal)
})

test('the diagram shows the same moves', () => {
  const arrows = [...text.matchAll(/^ {2}(\w+) --> (\w+)$/gm)].map(([, from, to]) => `${from} → ${to}`)
  expect(arrows.sort()).toEqual(legal)
  const ends = [...text.matchAll(/^ {2}(\w+) --> \[\*\]$/gm)].map(([, state]) => state)
  expect(ends.sort()).toEqual(jobStates.filter(isFinal).sort())
})

test('every reason to wait is explained', () => {
  const reasons = readRows(text).filter((row) => row.length === 2)
  expect(reasons.flatMap(([reason]) => reason?.replaceAll('`', '').split(', '))).toEqual([...waitReasons])
})
