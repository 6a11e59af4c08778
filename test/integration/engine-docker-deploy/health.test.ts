import { openContext } from '@stevedore/engine/conformance'
import { lacks, waitUntil } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPlace, openStage, type Stage, stageComponents } from './stage.ts'

const soon = () => AbortSignal.timeout(60_000)
/** Three questions that are not answered within 5 s. */
const patient = { timeoutMs: 30_000 }
const health = { path: '/health', interval: '200ms', steadyInterval: '1s', timeout: '5s', threshold: 2 }

describe.skipIf(lacks(...stageComponents))('the health of what runs', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage.close())

  async function openLive() {
    const harness = await openPlace(stage, { by: 'port', settings: { health } })
    const { engine, place, makeRelease } = harness
    await engine.scaleUp(makeRelease({ revision: 1, behaviour: 'healthy' }), 1, openContext())
    await engine.route(place, { 1: 100 }, openContext())
    const observe = () => engine.observe(place, soon())
    const countAsked = async () => {
      const answer = await fetch(`${harness.url}/asked`)
      return Number(await answer.text())
    }
    return { ...harness, observe, countAsked }
  }

  test.each([103, 429])('an app whose health path answers %i stays in the route', async (status) => {
    const { place, engine, request, observe, countAsked } = await openLive()
    await request(`/turn?health=${status}`)
    // More than the three failures in a row that would take it out.
    await waitUntil('the proxy to have asked often enough', async () => (await countAsked()) > 3)
    const { traffic, replicas } = await observe()
    expect(traffic).toEqual({ 1: 100 })
    expect(replicas.map(({ healthy }) => healthy)).toEqual([status === 103])
    // To route to it anew is no deploy of it.
    await engine.route(place, { 1: 100 }, openContext())
    expect(await request('/')).toEqual({ status: 200, revision: 1 })
  })

  test('an app of which every check fails is tried all the same, and comes back', async () => {
    const { request, observe } = await openLive()
    await request('/turn?health=503')
    await waitUntil('the proxy to find it down', async () => Object.keys((await observe()).traffic).length === 0)
    expect((await observe()).replicas).toMatchObject([{ healthy: false, reason: expect.stringMatching(/^503/) }])
    expect(await request('/')).toEqual({ status: 200, revision: 1 })
    await request('/turn?health=200')
    await waitUntil('the proxy to find it up', async () => (await observe()).traffic[1] === 100)
  })

  test('an app that hangs is out of the route and told, runs on, and comes back', async () => {
    const { request, observe } = await openLive()
    const [before] = (await observe()).replicas
    await request('/turn?health=0')
    await waitUntil(
      'the proxy to find it down',
      async () => Object.keys((await observe()).traffic).length === 0,
      patient,
    )
    const silent = { name: before!.name, healthy: false, state: 'running', reason: 'no answer within 5000 ms' }
    expect((await observe()).replicas).toMatchObject([silent])
    await request('/turn?health=200')
    await waitUntil('the proxy to find it up', async () => (await observe()).traffic[1] === 100, patient)
    expect(await stage.docker.getContainer(before!.name).inspect()).toMatchObject({ RestartCount: 0 })
  })

  test.each(['hints', 'https-only'])('what is alive by %s passes a deploy’s gate', async (behaviour) => {
    const { engine, makeRelease } = await openPlace(stage, { settings: { health } })
    const healthy = makeRelease({ revision: 1, behaviour: 'healthy' })
    const release = { ...healthy, settings: { ...healthy.settings, env: { BEHAVIOUR: behaviour } } }
    await engine.scaleUp(release, 1, openContext())
  })

  test('a health path may take its time', async () => {
    const slow = { ...health, path: '/slow?ms=1000' }
    const { engine, makeRelease } = await openPlace(stage, { settings: { health: { ...slow, deadline: '20s' } } })
    await engine.scaleUp(makeRelease({ revision: 1, behaviour: 'healthy' }), 1, openContext())
  })

  test('429 does not pass a deploy’s gate', async () => {
    const { engine, makeRelease } = await openPlace(stage, { settings: { health: { ...health, deadline: '3s' } } })
    const healthy = makeRelease({ revision: 1, behaviour: 'healthy' })
    const release = { ...healthy, settings: { ...healthy.settings, env: { BEHAVIOUR: 'busy' } } }
    await expect(engine.scaleUp(release, 1, openContext())).rejects.toMatchObject({
      code: 'never-healthy',
      diagnosis: expect.stringContaining('429'),
    })
  })

  test('a worker without a port that dies after its start is a crash with its last lines', async () => {
    const command = ['sh', '-c', 'echo works; sleep 1; echo no such queue; exit 3']
    const { engine, makeRelease } = await openPlace(stage, { settings: { host: undefined, command } })
    const release = makeRelease({ revision: 1, behaviour: 'healthy' })
    await expect(engine.scaleUp(release, 1, openContext())).rejects.toMatchObject({
      code: 'container-crashed',
      diagnosis: expect.stringMatching(/exited with code 3.*works\nno such queue/s),
    })
  })

  test('what dies between its health and its route is a crash as well', async () => {
    const { engine, place, makeRelease } = await openPlace(stage, { settings: { host: undefined } })
    await engine.scaleUp(makeRelease({ revision: 1, behaviour: 'healthy' }), 1, openContext())
    const [replica] = (await engine.observe(place, soon())).replicas
    await stage.docker.getContainer(replica!.name).kill({ signal: 'SIGKILL' })
    await expect(engine.route(place, { 1: 100 }, openContext())).rejects.toMatchObject({
      code: 'container-crashed',
      diagnosis: expect.stringMatching(/exited with code 137.*revision 1 listens/s),
    })
  })
})
