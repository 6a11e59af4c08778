import { expect, test } from 'vitest'
import { findDifferences } from './difference.ts'

test('fields that are not wanted do not count, others are told with their path', () => {
  const found = { spec: { replicas: 2, paused: true, labels: { 'a.b/c': '1' } } }
  expect(findDifferences({ spec: { replicas: 2 } }, found)).toEqual([])
  expect(findDifferences({ spec: { replicas: 3, labels: { 'a.b/c': '2' } } }, found)).toEqual([
    { field: 'spec.replicas', wanted: 3, found: 2 },
    { field: 'spec.labels[a.b/c]', wanted: '2', found: '1' },
  ])
})

test('list items are matched by name; missing and strange ones are told', () => {
  const wanted = {
    env: [
      { name: 'A', value: '1' },
      { name: 'B', value: '2' },
    ],
  }
  const found = {
    env: [
      { name: 'C', value: '3' },
      { name: 'A', value: '9' },
    ],
  }
  expect(findDifferences(wanted, found)).toEqual([
    { field: 'env[A].value', wanted: '1', found: '9' },
    { field: 'env[B]', wanted: { name: 'B', value: '2' }, found: undefined },
    { field: 'env[C]', wanted: undefined, found: { name: 'C', value: '3' } },
  ])
})

test('plain lists are compared by position and length', () => {
  expect(findDifferences({ command: ['a', 'b'] }, { command: ['a', 'c', 'd'] })).toEqual([
    { field: 'command[1]', wanted: 'b', found: 'c' },
    { field: 'command[2]', wanted: undefined, found: 'd' },
  ])
})

test.for([
  ['1000m', '1'],
  ['0.5', '500m'],
  ['1024Mi', '1Gi'],
  [80, '80'],
])('%s and %s are the same', ([wanted, found]) => {
  expect(findDifferences({ value: wanted }, { value: found })).toEqual([])
})

test.for([
  ['1', '10'],
  ['128Mi', '128M'],
  ['one', 'two'],
])('%s and %s are not', ([wanted, found]) => {
  expect(findDifferences({ value: wanted }, { value: found })).toHaveLength(1)
})

test('an empty object that the server leaves out is no difference', () => {
  expect(findDifferences({ emptyDir: {} }, {})).toEqual([])
})
