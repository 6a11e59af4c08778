import { expect, test } from 'vitest'
import { gather } from './gather.ts'

/** Work that ends when it is told to, and notes what it was given. */
function openWork(most = 10) {
  const begun: number[][] = []
  const ends: ((fault?: Error) => void)[] = []
  const double = (items: readonly number[]) =>
    new Promise<(number | Error)[]>((resolve, reject) => {
      begun.push([...items])
      ends.push((fault) => (fault ? reject(fault) : resolve(items.map((n) => (n < 0 ? new Error(`${n}`) : n * 2)))))
    })
  const end = async (fault?: Error) => {
    ends.shift()?.(fault)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { begun, end, call: gather(double, most) }
}

test('one that comes alone begins at once, and those that come meanwhile share the next', async () => {
  const { begun, end, call } = openWork(3)
  const first = call(1)
  expect(begun).toEqual([[1]])
  const rest = [2, 3, 4, 5].map(call)
  await end()
  expect(await first).toBe(2)
  expect(begun).toEqual([[1], [2, 3, 4]])
  await end()
  expect(await Promise.all(rest.slice(0, 3))).toEqual([4, 6, 8])
  expect(begun.at(-1)).toEqual([5])
  await end()
  expect(await rest[3]).toBe(10)
})

test('a refusal is told to whose it is, a fault to all of its work, and the next goes on', async () => {
  const { begun, end, call } = openWork()
  const first = call(1)
  const refused = expect(call(-2)).rejects.toThrow('-2')
  const beside = call(3)
  await end()
  await first
  await end()
  await refused
  expect(await beside).toBe(6)
  const faulty = [4].map((n) => expect(call(n)).rejects.toThrow('broken'))
  const next = call(5)
  await end(new Error('broken'))
  await Promise.all(faulty)
  await end()
  expect(await next).toBe(10)
  expect(begun.at(-1)).toEqual([5])
})
