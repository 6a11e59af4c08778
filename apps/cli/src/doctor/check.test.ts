import { expect, test } from 'vitest'
import { checkWithin } from './check.ts'

test('a look that breaks, or never ends, is a fault of its own name', async () => {
  expect(await checkWithin('disk', 60_000, () => Promise.reject(new Error('no such device')))).toEqual([
    { name: 'disk', state: 'bad', found: 'no such device' },
  ])
  expect(await checkWithin('git', 5, () => new Promise(() => {}))).toMatchObject([{ name: 'git', state: 'bad' }])
})
