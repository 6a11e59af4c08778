import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readGuarantees, root } from '../chaos/guarantees.ts'

const guarantees = readGuarantees()

test('every fault that was thought of has its line, in order', () => {
  const faults = guarantees.map(({ id }) => id).filter((id) => id.startsWith('F'))
  expect([...new Set(faults)]).toEqual(Array.from({ length: 24 }, (_, index) => `F${index + 1}`))
})

test.each(guarantees)('$id $where: is shown by tests that are there, or it is said why not', ({ holds, shownBy }) => {
  if (shownBy.length === 0) return expect(holds).toMatch(/^(– |Not shown: ).{15,}/)
  for (const { file, name } of shownBy) {
    expect(existsSync(join(root, file)), file).toBe(true)
    expect(readFileSync(join(root, file), 'utf8'), `${file} “${name}”`).toContain(name)
  }
})
