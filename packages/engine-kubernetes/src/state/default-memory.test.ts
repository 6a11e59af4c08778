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

test('who may not see LimitRanges has the worker’s limit; another failure stays one', async () => {
  const fail = (status: number) => () => Promise.reject(new ApiError(status, { message: 'no' }))
  expect(await read(fail(403))).toBe('1Gi')
  await expect(read(fail(500))).rejects.toThrow()
  expect(await readDefaultMemory({ appLimits: {} } as NamespaceReader)).toBeUndefined()
})
