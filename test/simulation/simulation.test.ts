import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { execute, withDatabase } from '../../packages/testkit/src/postgres-for-run.ts'
import { prepareClockedDatabase } from './clocked-database.ts'
import { type Lane, openLane } from './lane.ts'
import { runSeed } from './run-seed.ts'
import { replaceTime } from './virtual-time.ts'

let lane: Lane
let restoreTime: () => void
const name = `stevedore_simulation_${crypto.randomUUID().slice(0, 8)}`

beforeAll(async () => {
  const { url } = inject('postgres')
  await execute(url, `CREATE DATABASE ${name}`)
  await prepareClockedDatabase(withDatabase(url, name))
  lane = await openLane(withDatabase(url, name))
  restoreTime = replaceTime()
})
afterAll(async () => {
  restoreTime?.()
  await lane?.close()
  await execute(inject('postgres').url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
})

test('one seed', async () => {
  const started = process.hrtime.bigint()
  for (let seed = 1; seed <= 20; seed++) {
    const result = await runSeed(lane, seed)
    console.log(seed, result.turns, result.statements, Number(process.hrtime.bigint() - started) / 1e6, result.broken)
    if (result.broken.length) console.log(result.trace.slice(-60).join('\n'))
  }
  expect(1).toBe(1)
})
