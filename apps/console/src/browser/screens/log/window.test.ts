import { expect, test } from 'vitest'
import { chooseWindow, keepPlace, rowPx, scrollTo } from './window.ts'

test('of a short log all is shown', () => {
  expect(chooseWindow(3, 0, 400)).toEqual({ wholePx: 3 * rowPx, first: 0, end: 3, topPx: 0 })
})

test.each([100, 10_000, 1_000_000])('of %i lines the first and the last can be reached, and few are shown', (count) => {
  const { wholePx } = chooseWindow(count, 0, 400)
  expect(chooseWindow(count, 0, 400).first).toBe(0)
  const last = chooseWindow(count, wholePx - 400, 400)
  expect(last.end).toBe(count)
  expect(last.end - last.first).toBeLessThan(40)
  // The last line ends where the box ends.
  expect(last.topPx + (last.end - last.first) * rowPx).toBeCloseTo(wholePx, 3)
})

test.each([0, 1, 777, 999_999])('line %i of a million is seen where it is scrolled to', (line) => {
  const { first, end } = chooseWindow(1_000_000, scrollTo(line, 1_000_000, 400), 400)
  expect(first).toBeLessThanOrEqual(line)
  expect(end).toBeGreaterThan(line)
})

test('the lines that are seen stay when more come, also where a pixel stands for several', () => {
  const before = chooseWindow(700_000, 5_000_000, 400)
  const after = chooseWindow(1_000_000, keepPlace(5_000_000, { from: 700_000, to: 1_000_000 }, 400), 400)
  expect(Math.abs(after.first - before.first)).toBeLessThanOrEqual(1)
  expect(keepPlace(100, { from: 50, to: 60 }, 400)).toBeCloseTo(100)
})
