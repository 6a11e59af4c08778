import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Lane } from './lane.ts'
import { mutations } from './mutations.ts'
import { openTestLane } from './open-test-lane.ts'
import { runSeed } from './run-seed.ts'

let lane: Lane

beforeAll(async () => {
  lane = await openTestLane()
})
afterAll(() => lane?.close())

/** A seed that found each when this was written, so that it need not be looked for; any that does will do. */
const firstSeeds: Record<keyof typeof mutations, number> = {
  'the outbox is written outside of the transaction': 57,
  'the fence is skipped': 290,
  'a request is acknowledged before it is kept': 60,
  'a transition has no condition': 53,
  'a lease has no end': 10,
  'a plan is trusted after a restore': 24,
  'a rollback takes the newest revision': 6,
  'a removal forgets a replica': 20,
  'a canary waits for nobody': 76,
  'a lost command is begun again': 16,
  'a schedule sees no job of before': 42,
  'a time of a schedule is lost': 128,
  'a lost command is told as done': 16,
}
const mostSeeds = 400

/** What the judgement is to say of it, among other things. */
const said: Record<keyof typeof mutations, RegExp> = {
  'the outbox is written outside of the transaction': /has not ended: queued/,
  'the fence is skipped': /had the effect .* which is not its own/,
  'a request is acknowledged before it is kept': /is lost: it was accepted and is not kept/,
  'a transition has no condition': /it left \w+ while it was|it went from|overlap|fence \d|claims|is numbered|watchers/,
  'a lease has no end': /attempt \d+ has not ended/,
  'a plan is trusted after a restore': /of which the restored ledger knows not what runs/,
  'a rollback takes the newest revision': /was to lead to revision \d+ and led to/,
  'a schedule sees no job of before': /was made before .* (was over|had begun)/,
  'a time of a schedule is lost': /times of the schedule \d+ are kept/,
  'a lost command is begun again': /the command of .* was begun again/,
  'a lost command is told as done': /its command was lost, and it is succeeded/,
  'a canary waits for nobody': /and nobody had promoted it/,
  'a removal forgets a replica': /was over, and revision \d+ went on/,
}

test.each(Object.entries(mutations))('%s: it is found, and again by the same seed', async (name, mutation) => {
  const first = firstSeeds[name] ?? 1
  for (let seed = first; seed < first + mostSeeds; seed++) {
    const { broken, trace } = await runSeed(lane, seed, { mutation })
    if (!broken.some((rule) => said[name]?.test(rule))) continue
    console.log(`${name}: found by seed ${seed}: ${broken[0]}`)
    expect(await runSeed(lane, seed, { mutation })).toMatchObject({ broken, trace })
    // It is the mutation that is found, and nothing else.
    expect((await runSeed(lane, seed)).broken).toEqual([])
    return
  }
  expect.fail(`none of ${mostSeeds} seeds from ${first} on finds it`)
})
