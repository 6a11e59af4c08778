import { expect, test } from 'vitest'
import { createLayerProgress, reportRises } from './progress.ts'

test('adds up the bytes of the layers, and tells only of those that are done', () => {
  const progress = createLayerProgress()
  const lines = [
    progress.take({ status: 'The push refers to repository [r/a]' }),
    progress.take({ id: 'a', status: 'Pushing', progressDetail: { current: 50, total: 100 } }),
    progress.take({ id: 'b', status: 'Layer already exists' }),
    progress.take({ id: 'a', status: 'Pushing', progressDetail: { current: 75, total: 100 } }),
  ]
  expect(lines).toEqual(['The push refers to repository [r/a]', undefined, 'b: Layer already exists', undefined])
  expect(progress.fraction()).toBeCloseTo(0.75, 1)
  progress.take({ id: 'a', status: 'Pushed', progressDetail: {} })
  expect(progress.fraction()).toBe(1)
})

test('never falls, though a layer turns out larger than was known', () => {
  const progress = createLayerProgress()
  progress.take({ id: 'a', status: 'Pushing', progressDetail: { current: 90, total: 100 } })
  const before = progress.fraction()
  progress.take({ id: 'b', status: 'Pushing', progressDetail: { current: 0, total: 1_000 } })
  expect(progress.fraction()).toBe(before)
})

test('hands on what has risen by a hundredth, and the end once', () => {
  const seen: number[] = []
  const report = reportRises((fraction) => seen.push(fraction))
  for (const fraction of [0.001, 0.02, 0.021, 0.5, 0.4, 0.995, 1, 1]) report(fraction)
  expect(seen).toEqual([0.02, 0.5, 0.995, 1])
})
