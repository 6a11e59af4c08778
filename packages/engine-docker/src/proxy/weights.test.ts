import { expect, test } from 'vitest'
import { weighServers } from './weights.ts'

const servers = (counts: Record<number, number>) =>
  Object.entries(counts).flatMap(([revision, count]) =>
    Array.from({ length: count }, (_, index) => ({
      name: `r${revision}-${index + 1}`,
      revision: Number(revision),
      address: '10.0.0.1',
      port: 8080,
      check: { intervalMs: 1000, timeoutMs: 2000, rise: 2 },
    })),
  )

function shares(traffic: Record<number, number>, counts: Record<number, number>): Record<number, number> {
  const all = servers(counts)
  const weights = weighServers({ traffic, servers: all })
  const sums: Record<number, number> = {}
  for (const { name, revision } of all) sums[revision] = (sums[revision] ?? 0) + (weights[name] ?? 0)
  const total = Object.values(sums).reduce((a, b) => a + b, 0)
  return Object.fromEntries(Object.entries(sums).map(([revision, sum]) => [revision, (100 * sum) / total]))
}

test('one revision alone has the full weight on every replica', () => {
  expect(weighServers({ traffic: { 1: 100 }, servers: servers({ 1: 2 }) })).toEqual({ 'r1-1': 256, 'r1-2': 256 })
})

test('a revision without traffic has none', () => {
  expect(weighServers({ traffic: { 2: 100 }, servers: servers({ 1: 1, 2: 1 }) })).toEqual({ 'r1-1': 0, 'r2-1': 256 })
  expect(weighServers({ traffic: {}, servers: servers({ 1: 1 }) })).toEqual({ 'r1-1': 0 })
})

test('one that leaves has no part in its revision’s share', () => {
  const [first, second] = servers({ 1: 2 })
  const leaving = { traffic: { 1: 100 }, servers: [{ ...first!, leaving: true }, second!] }
  expect(weighServers(leaving)).toEqual({ 'r1-1': 0, 'r1-2': 256 })
})

test('every percent is kept within one point at any replica counts', () => {
  for (const [old, fresh] of [
    [1, 1],
    [3, 1],
    [1, 10],
    [7, 3],
    [100, 1],
    [1, 100],
    [100, 100],
  ] as const)
    for (let percent = 1; percent < 100; percent++) {
      const share = shares({ 1: 100 - percent, 2: percent }, { 1: old, 2: fresh })
      expect(Math.abs((share[2] ?? 0) - percent), `${percent}% of ${old}:${fresh}`).toBeLessThan(1)
    }
})
