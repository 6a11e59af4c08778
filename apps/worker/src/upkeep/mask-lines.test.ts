import { expect, test } from 'vitest'
import { maskLines } from './mask-lines.ts'

test('lets others have their turn while many lines are masked, and keeps their order', async () => {
  let turn = 0
  let next: NodeJS.Immediate = setImmediate(function count() {
    turn += 1
    next = setImmediate(count)
  })
  const turns = new Set<number>()
  const redact = (line: string) => {
    turns.add(turn)
    return `<${line}>`
  }
  expect(await maskLines(['a', 'b', 'c', 'd'], redact, 0)).toEqual(['<a>', '<b>', '<c>', '<d>'])
  clearImmediate(next)
  expect(turns.size).toBeGreaterThan(2)
})
