import type { IQueueBackend } from 'bullmq'
import { expect, test } from 'vitest'
import { paceFailures } from './pace-failures.ts'

test('a fetch that fails takes its time to say so', async () => {
  const backend = { moveToActive: () => Promise.reject(new Error('OOM')) } as unknown as IQueueBackend
  const from = performance.now()
  await expect(paceFailures(backend, 50).moveToActive('token')).rejects.toThrow('OOM')
  expect(performance.now() - from).toBeGreaterThan(45)
})

test('a fetch that works is not held up', async () => {
  const backend = { moveToActive: async () => ['job'] } as unknown as IQueueBackend
  const from = performance.now()
  expect(await paceFailures(backend, 10_000).moveToActive('token')).toEqual(['job'])
  expect(performance.now() - from).toBeLessThan(5_000)
})
