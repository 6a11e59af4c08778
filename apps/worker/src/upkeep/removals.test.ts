import { environmentSpec } from '@stevedore/contract'
import { createLogger } from '@stevedore/telemetry'
import { expect, test } from 'vitest'
import { openRemovals } from './removals.ts'

const logger = createLogger({ level: 'silent' })
const settings = environmentSpec.parse({ engine: 'docker' })
const placeOf = (environment: string) => ({ app: 'shop', environment, settings })

/** Removals that go on until they are ended by hand or stopped. */
function openSlow() {
  const begun: { environment: string; revisions: number[]; end(): void; fail(): void }[] = []
  const removals = openRemovals({ logger }, ({ environment }, revisions, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => reject(signal.reason))
    begun.push({ environment, revisions, end: resolve, fail: () => reject(new Error('away')) })
    return promise
  })
  return { removals, begun }
}

test('an app that takes long to end holds up no other, and is told once', () => {
  const { removals, begun } = openSlow()
  removals.start(placeOf('slow'), [1])
  removals.start(placeOf('slow'), [1, 2])
  removals.start(placeOf('other'), [3])
  removals.start(placeOf('idle'), [])
  expect(begun).toMatchObject([
    { environment: 'slow', revisions: [1] },
    { environment: 'other', revisions: [3] },
  ])
  expect(['slow', 'other', 'idle'].map((name) => removals.isUnderWay(placeOf(name)))).toEqual([true, true, false])
})

test.each(['end', 'fail'] as const)('after the %s of one there may be another', async (how) => {
  const { removals, begun } = openSlow()
  removals.start(placeOf('slow'), [1])
  begun[0]?.[how]()
  await expect.poll(() => removals.isUnderWay(placeOf('slow'))).toBe(false)
  removals.start(placeOf('slow'), [2])
  expect(begun).toHaveLength(2)
})

test('a stop waits for no app', async () => {
  const { removals } = openSlow()
  removals.start(placeOf('slow'), [1])
  await removals.stop()
  expect(removals.isUnderWay(placeOf('slow'))).toBe(false)
})
