import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Lane } from './lane.ts'
import { openTestLane } from './open-test-lane.ts'
import { runSeed } from './run-seed.ts'

let lane: Lane

beforeAll(async () => {
  lane = await openTestLane()
})
afterAll(() => lane?.close())

test('under the faults of each seed nothing is lost, doubled, or changed by whoever has no right to', async () => {
  const broken: string[] = []
  for (let seed = 1; seed <= 150; seed++)
    for (const rule of (await runSeed(lane, seed)).broken) broken.push(`seed ${seed}: ${rule}`)
  expect(broken).toEqual([])
})

test('the same seed gives the same turns, whatever ran before it', async () => {
  const traces = []
  for (const seed of [7, 13, 24, 13, 24, 7]) traces.push((await runSeed(lane, seed)).trace)
  const [first, second, third, ...again] = traces
  expect(again).toEqual([second, third, first])
  expect(first?.length).toBeGreaterThan(50)
  expect(first).not.toEqual(second)
})

test('faults of every sort befall it', async () => {
  const met = new Set<string>()
  for (let seed = 1; seed <= 60; seed++)
    for (const line of (await runSeed(lane, seed)).trace)
      for (const [, fault = ''] of line.matchAll(
        /(kill before|kill after|cut before|cut after|stop|lost the message|waits for a lock|the copy is put) ?/g,
      ))
        met.add(fault)
  expect([...met].sort()).toEqual(
    [
      'cut after',
      'cut before',
      'kill after',
      'kill before',
      'lost the message',
      'stop',
      'the copy is put',
      'waits for a lock',
    ].sort(),
  )
})
