import { openContext } from '@stevedore/engine/conformance'
import { lacks, waitUntil } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPlace, openStage, type PlaceHarness, type Stage, stageComponents } from './stage.ts'

const soon = () => AbortSignal.timeout(60_000)

/** A worker of a queue, in the middle of a long piece of work. */
const busy = {
  host: undefined,
  command: ['sh', '-c', "trap '' TERM; while :; do sleep 1; done"],
  stopTimeout: '1h',
  health: { interval: '200ms', threshold: 1 },
}

describe.skipIf(lacks(...stageComponents))('an app that takes long to end', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage.close())

  const look = async ({ engine, place }: PlaceHarness) => (await engine.observe(place, soon())).replicas
  const findLeaving = async (place: PlaceHarness) => (await look(place)).find(({ state }) => state === 'leaving')

  test('has the time that its own revision gave it; an abort ends the wait alone, and another takes its place', async () => {
    const place = await openPlace(stage, { settings: busy })
    const release = place.makeRelease({ revision: 1, behaviour: 'healthy' })
    await place.engine.scaleUp(release, 1, openContext())
    await place.engine.route(release, { 1: 100 }, openContext())
    const [abort, reason] = [new AbortController(), new Error('cancelled by the test')]
    const ending = place.engine.scaleDown(place.place, 1, 0, openContext({ signal: abort.signal }))
    const outcome = expect(ending).rejects.toBe(reason)
    const leaving = await waitUntil('a replica to be told to end', () => findLeaving(place), { timeoutMs: 60_000 })
    abort.abort(reason)
    await outcome
    const container = stage.docker.getContainer(leaving.name)
    const { Config, State } = await container.inspect()
    expect([Config, State]).toMatchObject([{ StopTimeout: 3_600 }, { Running: true }])
    await place.engine.scaleUp(release, 1, openContext())
    expect((await look(place)).map(({ healthy }) => healthy).sort()).toEqual([false, true])
    await place.engine.route(release, { 1: 100 }, openContext())
    // Its work is done.
    await container.kill()
    await place.engine.finalize(release, [], openContext())
    expect(await look(place)).toMatchObject([{ revision: 1, healthy: true, state: 'running' }])
    await (await stage.docker.getContainer((await look(place))[0]?.name ?? '')).kill()
  })
})
