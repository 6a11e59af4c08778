import { expect, test } from 'vitest'
import { createLineSplitter } from './split-lines.ts'

test('lines are whole wherever the pieces end, and what has no end yet is kept', () => {
  const output = createLineSplitter()
  expect(output.push('one\ntw')).toEqual(['one'])
  expect(output.push('')).toEqual([])
  expect(output.push('o\n\nth')).toEqual(['two', ''])
  expect(output.rest()).toBe('th')
})
