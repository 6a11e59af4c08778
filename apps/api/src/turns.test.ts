import { expect, test, vi } from 'vitest'
import { createClientNames, limitTurns, openTurns } from './turns.ts'

const limits = { atOnce: 2, waiting: 6, waitingOfOne: 3, waitMs: 1_000, left: 2, leftOfOne: 2 }

/** Work that ends when it is told to. */
function openWork(turns: ReturnType<typeof openTurns>) {
  const begun: string[] = []
  const running: (() => void)[] = []
  const ask = (client: string, name = client) =>
    turns.take(client, () => {
      begun.push(name)
      return new Promise<string>((resolve) => running.push(() => resolve(name)))
    })
  const endOne = async () => {
    running.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { ask, begun, endOne }
}

test('so many run at once, and clients take turns, however many of one wait', async () => {
  const { ask, begun, endOne } = openWork(openTurns(limits))
  for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) void ask('a', name)
  void ask('b', 'b1')
  void ask('c', 'c1')
  expect(begun).toEqual(['a1', 'a2'])
  for (let n = 0; n < 5; n++) await endOne()
  expect(begun).toEqual(['a1', 'a2', 'a3', 'b1', 'c1', 'a4', 'a5'])
})

test('what comes beyond is refused at once: 429 to who has too many waiting, 503 when all have', async () => {
  const { ask, endOne } = openWork(openTurns(limits))
  for (let n = 0; n < 5; n++) void ask('a')
  await expect(ask('a')).rejects.toMatchObject({ code: 'rate-limited', headers: { 'retry-after': '1' } })
  for (let n = 0; n < 3; n++) void ask('b')
  await expect(ask('c')).rejects.toMatchObject({ code: 'unavailable', headers: { 'retry-after': '2' } })
  for (let n = 0; n < 8; n++) await endOne()
})

test('what waits too long is given up, begins nothing, and takes no place', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const { ask, begun, endOne } = openWork(openTurns(limits))
    for (let n = 0; n < 2; n++) void ask('a')
    const late = expect(ask('b')).rejects.toMatchObject({ code: 'unavailable' })
    vi.advanceTimersByTime(1_000)
    await late
    await endOne()
    void ask('c')
    expect(begun).toEqual(['a', 'a', 'c'])
  } finally {
    vi.useRealTimers()
  }
})

test('work that fails gives its place on', async () => {
  const turns = openTurns({ ...limits, atOnce: 1 })
  const failed = expect(turns.take('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  const next = turns.take('b', async () => 'done')
  await failed
  expect(await next).toBe('done')
})

test('who has left its turn lets others begin, as far as so many may', async () => {
  const turns = openTurns({ ...limits, atOnce: 1, waitingOfOne: 6 })
  const begun: string[] = []
  const ends: (() => void)[] = []
  const ask = (name: string) =>
    turns.take('a', (turn) => {
      begun.push(name)
      turn.leave()
      turn.leave()
      return new Promise<void>((resolve) => ends.push(resolve))
    })
  const all = ['1', '2', '3', '4', '5'].map(ask)
  const pass = () => new Promise((resolve) => setImmediate(resolve))
  await pass()
  expect(begun).toEqual(['1', '2', '3'])
  ends[2]?.()
  await pass()
  expect(begun).toEqual(['1', '2', '3', '4'])
  ends[0]?.()
  ends[3]?.()
  await pass()
  expect(begun).toEqual(['1', '2', '3', '4', '5'])
  for (const end of ends) end()
  await Promise.all(all)
  expect(await turns.take('b', async () => 'done')).toBe('done')
})

test('one client cannot keep all others from leaving their turns', async () => {
  const turns = openTurns({ ...limits, atOnce: 1, left: 3, leftOfOne: 1, waitingOfOne: 6 })
  const begun: string[] = []
  const ends: (() => void)[] = []
  const ask = (client: string, name: string) =>
    turns.take(client, ({ leave }) => {
      begun.push(name)
      leave()
      return new Promise<void>((resolve) => ends.push(resolve))
    })
  const pass = () => new Promise((resolve) => setImmediate(resolve))
  const all = [ask('a', 'a1'), ask('a', 'a2'), ask('b', 'b1'), ask('c', 'c1'), ask('a', 'a3')]
  await pass()
  expect(begun).toEqual(['a1', 'a2'])
  ends[1]?.()
  await pass()
  expect(begun).toEqual(['a1', 'a2', 'b1', 'c1', 'a3'])
  for (const end of ends) end()
  await Promise.all(all)
  // Those of one that have ended count no more.
  const next = [ask('a', 'a4'), ask('b', 'b2')]
  expect(begun.slice(-2)).toEqual(['a4', 'b2'])
  for (const end of ends) end()
  await Promise.all(next)
})

test('who leaves its turn after the end changes nothing: one still runs at a time', async () => {
  const turns = openTurns({ ...limits, atOnce: 1 })
  let late = () => {}
  await turns.take('a', async ({ leave }) => {
    late = leave
  })
  late()
  const { ask, begun, endOne } = openWork(turns)
  for (const name of ['1', '2']) void ask('a', name)
  late()
  expect(begun).toEqual(['1'])
  await endOne()
  expect(begun).toEqual(['1', '2'])
  await endOne()
})

test('a pool of any size leaves room for streams and probes, and works', () => {
  expect(limitTurns(10)).toMatchObject({ atOnce: 6, waiting: 200, waitingOfOne: 100 })
  expect(limitTurns(5)).toMatchObject({ atOnce: 1 })
  expect(limitTurns(10, 30)).toMatchObject({ waiting: 30, waitingOfOne: 15 })
})

test('made-up tokens are of one client, by their address; one that was good is a client of its own', () => {
  const names = createClientNames()
  const request = { ip: '10.0.0.1' }
  expect(names.nameOf(request, 'stv_a')).toBe(names.nameOf(request, 'stv_b'))
  names.remember('stv_a')
  expect(names.nameOf(request, 'stv_a')).not.toBe(names.nameOf(request, 'stv_b'))
  expect(names.nameOf(request, 'stv_a')).toBe(names.nameOf({ ip: '10.0.0.2' }, 'stv_a'))
  expect(names.nameOf(request, 'stv_a')).not.toContain('stv_a')
})
