import { expect, test } from 'vitest'
import { waitUntil } from './wait-until.ts'

test('asks until there is an answer, and gives it', async () => {
  const answers = [undefined, false, 0] as const
  let asked = 0
  expect(await waitUntil('a number', () => answers[asked++], { intervalMs: 1 })).toBe(0)
  expect(asked).toBe(3)
})

test('gives up at its deadline and says what it waited for', async () => {
  const never = waitUntil('a second Redis', async () => undefined, { timeoutMs: 5, intervalMs: 1 })
  await expect(never).rejects.toThrow('waited 0.005 s in vain for a second Redis')
})
