import { expect, test } from 'vitest'
import { readDurationMs, toCpu, toMemory, writeDuration } from './units.ts'

test.each([
  ['1m30s', '90s'],
  ['2h', '2h'],
  ['90', '90s'],
  ['500ms', '500ms'],
  ['1.5s', '1500ms'],
  ['0s', '0s'],
])('a duration %s is %s', (text, written) => {
  expect(writeDuration(readDurationMs(text) ?? -1)).toBe(written)
})

test.each(['', 'soon', '1x', '5s later', undefined])('%s is no duration', (text) => {
  expect(readDurationMs(text)).toBeUndefined()
})

test.each([
  ['512m', '512Mi'],
  ['512M', '512Mi'],
  ['1gb', '1Gi'],
  ['1.5g', '1536Mi'],
  ['1024k', '1Mi'],
  ['1000b', '1000'],
  ['1048576', '1Mi'],
  ['64MiB', '64Mi'],
  ['much', undefined],
])('memory %s is %s', (text, quantity) => {
  expect(toMemory(text)).toBe(quantity)
})

test.each([
  ['0.50', '500m'],
  ['2', '2'],
  ['0.0001', '1m'],
  ['0', undefined],
  ['all', undefined],
])('%s cores are %s', (text, quantity) => {
  expect(toCpu(text)).toBe(quantity)
})
