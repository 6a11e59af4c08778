import { expect, test } from 'vitest'
import { ApiError } from '../client/api-error.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { readDefaultMemory } from './default-memory.ts'

const read = (list: () => Promise<object[]>, memory: string | undefined = '1Gi') =>
  readDefaultMemory({ appLimits: { memory }, list } as unknown as NamespaceReader)
const ranges =
  (...limits: object[]) =>
  async () => [{ spec: { limits } }]

test.each([
  [{ type: 'Container', default: { memory: '512Mi' } }, undefined],
  [{ type: 'Container', max: { memory: '512Mi' } }, undefined],
  [{ type: 'Container', min: { memory: '16Mi' } }, undefined],
  [{ type: 'Pod', max: { memory: '512Mi' } }, undefined],
  [{ type: 'Container', default: { cpu: '1' } }, '1Gi'],
  [{ type: 'PersistentVolumeClaim', max: { storage: '1Gi' } }, '1Gi'],
])('beside %j of the namespace the worker’s limit is %s', async (item, memory) => {
  expect(await read(ranges({ type: 'Container' }, item))).toBe(memory)
})

test('beside LimitRanges that it may not see there is none; another failure stays one', async () => {
  const fail = (status: number) => () => Promise.reject(new ApiError(status, { message: 'no' }))
  expect(await read(fail(403))).toBeUndefined()
  await expect(read(fail(500))).rejects.toThrow()
  expect(await readDefaultMemory({ appLimits: {} } as NamespaceReader)).toBeUndefined()
})

test('a revision keeps the limit that it was made with', async () => {
  const reader = { appLimits: { memory: '1Gi' }, list: ranges() } as unknown as NamespaceReader
  expect(await readDefaultMemory(reader, { defaultMemory: '2Gi' })).toBe('2Gi')
  expect(await readDefaultMemory(reader, { defaultMemory: null })).toBeUndefined()
  expect(await readDefaultMemory(reader, {})).toBe('1Gi')
})
