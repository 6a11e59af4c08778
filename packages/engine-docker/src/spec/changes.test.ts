import { expect, test } from 'vitest'
import { compareSpecs } from './changes.ts'

test('tells what comes, goes and changes', () => {
  const before = { image: 'a', memory: 'unlimited', 'env OLD': '1' }
  const after = { image: 'b', memory: 'unlimited', 'env NEW': '2' }
  expect(compareSpecs(before, after, [])).toEqual([
    { field: 'image', from: 'a', to: 'b' },
    { field: 'env OLD', from: '1' },
    { field: 'env NEW', to: '2' },
  ])
})

test('secrets show that they change, never their values', () => {
  const changed = compareSpecs({ 'env TOKEN': 'x' }, { 'env TOKEN': 'y' }, ['TOKEN'])
  expect(changed).toEqual([{ field: 'env TOKEN', from: '***', to: '***' }])
  expect(compareSpecs({ 'env TOKEN': 'x' }, { 'env TOKEN': 'x' }, ['TOKEN'])).toEqual([])
})

test('a first deploy is all new', () => {
  expect(compareSpecs(undefined, { image: 'a' }, [])).toEqual([{ field: 'image', to: 'a' }])
})
