import type { IQueueBackend } from 'bullmq'
import { expect, test } from 'vitest'
import { createFetchGate } from './fetch-gate.ts'

function createBackend(moveToActive: () => Promise<unknown[]>): IQueueBackend {
  const finish = async () => undefined
  return { moveToActive, moveToCompleted: finish, moveToFailed: finish } as unknown as IQueueBackend
}

test('a fetch that fails takes its time to say so', async () => {
  const backend = createBackend(() => Promise.reject(new Error('OOM')))
  createFetchGate(50).guard(backend)
  const from = performance.now()
  await expect(backend.moveToActive('token')).rejects.toThrow('OOM')
  expect(performance.now() - from).toBeGreaterThan(45)
})

test('closing waits for the fetch under way and lets none begin', async () => {
  const { promise, resolve } = Promise.withResolvers<unknown[]>()
  const backend = createBackend(() => promise)
  const gate = createFetchGate()
  gate.guard(backend)
  const fetch = backend.moveToActive('token')
  let closed = false
  const closing = gate.close().then(() => (closed = true))
  expect(await backend.moveToActive('token')).toEqual([])
  expect(closed).toBe(false)
  resolve(['job'])
  expect(await fetch).toEqual(['job'])
  await closing
})
