import { expect, test } from 'vitest'
import { limitMemory } from './limit-memory.ts'

test.each([
  [undefined, { limits: { memory: '1Gi' }, requests: { memory: '0' } }],
  [{}, { limits: { memory: '1Gi' }, requests: { memory: '0' } }],
  [
    { limits: { cpu: '1' }, requests: { cpu: '1' } },
    { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1', memory: '0' } },
  ],
  [{ requests: { memory: '64Mi' } }, { limits: { memory: '1Gi' }, requests: { memory: '64Mi' } }],
  [{ requests: { memory: '2Gi' } }, { limits: { memory: '2Gi' }, requests: { memory: '2Gi' } }],
  [{ requests: { memory: '1.5Gi' } }, { limits: { memory: '1.5Gi' }, requests: { memory: '1.5Gi' } }],
  [{ requests: { memory: 2e9 as never } }, { limits: { memory: 2e9 }, requests: { memory: 2e9 } }],
  [{ requests: { memory: '2000000000m' } }, { limits: { memory: '1Gi' }, requests: { memory: '2000000000m' } }],
  [{ limits: { memory: '64Mi' } }, { limits: { memory: '64Mi' } }],
  [{ limits: { memory: '64Gi' } }, { limits: { memory: '64Gi' } }],
])('resources %j become %j', (resources, limited) => {
  expect(limitMemory(resources, '1Gi')).toEqual({ resources: limited })
})

test('without a limit of the worker’s all stays as it is', () => {
  expect(limitMemory(undefined, undefined)).toEqual({})
  expect(limitMemory({ requests: { memory: '1Gi' } }, undefined)).toEqual({
    resources: { requests: { memory: '1Gi' } },
  })
})
