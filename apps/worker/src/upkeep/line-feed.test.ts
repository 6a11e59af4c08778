import { expect, test } from 'vitest'
import { openLineFeed } from './line-feed.ts'

/** A feed whose hand-overs are ended by hand. */
function openFeed() {
  const given: string[][] = []
  const underWay: { resolve(): void; reject(error: Error): void }[] = []
  let begun = () => {}
  const lost: string[] = []
  const feed = openLineFeed({
    everyMs: 1,
    give(lines) {
      given.push(lines)
      return new Promise((resolve, reject) => {
        underWay.push({ resolve, reject })
        begun()
      })
    },
    onLost: () => void lost.push('lost'),
  })
  const reach = async (count: number) => {
    while (underWay.length < count)
      await new Promise<void>((resolve) => {
        begun = resolve
      })
    return underWay[count - 1]
  }
  return { feed, given, lost, reach }
}

test('lines are handed over one lot after the other, the last ones too', async () => {
  const { feed, given, reach } = openFeed()
  feed.add('a')
  const first = await reach(1)
  feed.add('b')
  const ended = feed.end()
  // Whatever was ready to run has run: no second lot is on its way.
  await new Promise((resolve) => setImmediate(resolve))
  expect(given).toEqual([['a']])
  first?.resolve()
  const last = await reach(2)
  expect(given).toEqual([['a'], ['b']])
  last?.resolve()
  await ended
})

test('a lot that cannot be handed over is told, and the end waits for nothing else', async () => {
  const { feed, lost, reach } = openFeed()
  feed.add('a')
  const first = await reach(1)
  first?.reject(new Error('away'))
  const ended = feed.end()
  const last = await reach(2)
  last?.reject(new Error('away'))
  await ended
  expect(lost).toEqual(['lost', 'lost'])
})

test.each([
  ['many lines', 6_000, 'x'],
  ['long lines', 400, 'x'.repeat(16_000)],
  ['long lines in characters of several bytes', 200, '…'.repeat(16_000)],
])('of %s the latest are held, and how many were not is told', async (_, count, text) => {
  const { feed, given, reach } = openFeed()
  for (let line = 0; line < count; line++) feed.add(`${line} ${text}`)
  const first = await reach(1)
  first?.resolve()
  const [notice = '', ...lines] = given[0] ?? []
  expect(lines.at(-1)).toBe(`${count - 1} ${text}`)
  expect(Buffer.byteLength(lines.join(''))).toBeLessThanOrEqual(4 * 2 ** 20)
  expect(notice).toBe(`stevedore: ${count - lines.length} lines were left out`)
  const ended = feed.end()
  const last = await reach(2)
  last?.resolve()
  await ended
})
