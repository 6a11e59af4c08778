import type { EventType } from '@stevedore/contract'
import type { Observation } from '@stevedore/engine'
import { type DeployHarness, openJob, type RecordedContext } from '@stevedore/engine/conformance'
import { lacks } from '@stevedore/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { carryOut, deploy, plan, planReturn } from './carry-out.ts'
import { expectNoneFailed, startSharedLoad } from './load.ts'
import { openPlace, type PlaceOptions } from './place.ts'
import { openStage, type Stage, stageComponents } from './stage.ts'

describe.skipIf(lacks(...stageComponents))('strategies on Kubernetes', { timeout: 240_000 }, () => {
  let stage: Stage
  const places: DeployHarness[] = []
  beforeAll(async () => {
    stage = await openStage()
  })
  afterEach(async () => {
    for (const place of places.splice(0)) await place.cleanup()
  })
  afterAll(() => stage?.close())

  function openApp(options: PlaceOptions) {
    const harness = openPlace(stage, options)
    places.push(harness)
    const { engine, place } = harness
    return {
      ...harness,
      healthy: (revision: number) => harness.makeRelease({ revision, behaviour: 'healthy' }),
      observe: () => engine.observe(place, AbortSignal.timeout(30_000)),
      async history() {
        const rows = await stage.kubectl(['rollout', 'history', `deployment/${place.app}`])
        return [...rows.matchAll(/^(\d+)\s+(.*)$/gm)].map(([, number, cause]) => `${number} ${cause}`)
      },
      deployments: async () =>
        (await stage.kubectl(['get', 'deployments', '-l', `stevedore.io/app=${place.app}`, '-o', 'name']))
          .trim()
          .split('\n'),
    }
  }

  test('rolling deploys, a failed one and a rollback fail no request, and the history is the ledger’s', async () => {
    const app = openApp({ strategy: 'rolling', replicas: 2 })
    const { engine } = app
    await deploy({ engine, next: app.healthy(1) })
    const load = startSharedLoad(app.request)
    await deploy({ engine, next: app.healthy(2), stable: app.healthy(1) })
    expect(await app.history()).toEqual(['1 deploy 1.0.1', '2 deploy 1.0.2'])

    const bad = { engine, next: app.makeRelease({ revision: 3, behaviour: 'crash' }), stable: app.healthy(2) }
    await expect(deploy(bad)).rejects.toMatchObject({ code: 'container-crashed' })
    await carryOut(bad, planReturn(bad))
    expect(await app.history()).toEqual(['1 deploy 1.0.1', '2 deploy 1.0.2'])

    await deploy({ engine, next: app.healthy(1), stable: app.healthy(2) })
    expect(await app.history()).toEqual(['2 deploy 1.0.2', '3 deploy 1.0.1'])
    await deploy({ engine, next: app.healthy(4), stable: app.healthy(1) })
    expect(await app.history()).toEqual(['1 deploy 1.0.1', '2 deploy 1.0.2', '4 deploy 1.0.4'])
    await expectNoneFailed(load)
    expect((await app.observe()).traffic).toEqual({ 4: 100 })
  })

  test('a failed revision can be taken away while the old one serves', async () => {
    const app = openApp({ strategy: 'rolling', replicas: 1 })
    const { engine } = app
    await deploy({ engine, next: app.healthy(1) })
    const load = startSharedLoad(app.request)
    const bad = { engine, next: app.makeRelease({ revision: 2, behaviour: 'crash' }), stable: app.healthy(1) }
    await expect(deploy(bad)).rejects.toMatchObject({ code: 'container-crashed' })
    await carryOut(bad, [{ do: 'scale-down', revision: 2, count: 0 }])
    await expectNoneFailed(load)
    const seen = await app.observe()
    expect(seen).toMatchObject({ traffic: { 1: 100 }, drift: [] })
    expect(seen.replicas.map(({ revision }) => revision)).toEqual([1])
  })

  test('blue-green keeps the old colour warm, a rollback to it is one switch, and all ends in one Deployment', async () => {
    const app = openApp({ strategy: { type: 'blue-green', scaleDownDelay: '5m' }, replicas: 1 })
    const { engine, place } = app
    await deploy({ engine, next: app.healthy(1) })
    const load = startSharedLoad(app.request)
    await deploy({ engine, next: app.healthy(2), stable: app.healthy(1) })
    expect((await app.observe()).traffic).toEqual({ 2: 100 })
    const warm = (await app.observe()).replicas.map(({ name }) => name).sort()
    expect(warm).toHaveLength(2)

    await deploy({ engine, next: app.healthy(1), stable: app.healthy(2) })
    const back = await app.observe()
    expect(back.traffic).toEqual({ 1: 100 })
    expect(back.replicas.map(({ name }) => name).sort()).toEqual(warm)

    await deploy({ engine, next: app.healthy(3), stable: app.healthy(1) })
    await carryOut({ engine, next: app.healthy(3) }, [{ do: 'scale-down', revision: 1, count: 0 }])
    const after = await app.observe()
    expect(after.traffic).toEqual({ 3: 100 })
    expect(after.replicas.map(({ revision }) => revision)).toEqual([3])
    expect(await app.deployments()).toEqual([`deployment.apps/${place.app}`])
    await expectNoneFailed(load)
  })

  test('a canary takes its share step by step and is promoted', async () => {
    const steps = [{ setWeight: 30 }, { pause: {} }, { setWeight: 60 }, { pause: '1m' }]
    const app = openApp({ strategy: { type: 'canary', steps }, replicas: 3 })
    const { engine, place } = app
    await deploy({ engine, next: app.healthy(1) })
    const load = startSharedLoad(app.request)
    const rollout = { engine, next: app.healthy(2), stable: app.healthy(1) }
    const actions = await plan(rollout)
    const pause = actions.findIndex((action) => action.do === 'pause')
    const before = listNames(await app.observe())
    const context = openJob()
    await carryOut(rollout, actions.slice(0, pause), context)
    const shared = await app.observe()
    expect(shared.traffic).toEqual({ 1: 67, 2: 33 })
    const left = before.filter((name) => !listNames(shared).includes(name))
    expect(left).toHaveLength(1)
    expect(listTold(context, 'replica.stopped')).toEqual(left)
    await load.waitForRevisions([1, 2], AbortSignal.timeout(30_000))
    await carryOut(rollout, actions.slice(pause), context)
    const after = await app.observe()
    expect(after.traffic).toEqual({ 2: 100 })
    expect(after.replicas).toHaveLength(3)
    const stopped = listTold(context, 'replica.stopped')
    expect(listTold(context, 'replica.started').filter((name) => !stopped.includes(name))).toEqual(listNames(after))
    expect(context.events.map(({ type }) => type)).not.toContain('rollout.observed')
    expect(await app.deployments()).toEqual([`deployment.apps/${place.app}`])
    expect(await app.history()).toEqual(['1 deploy 1.0.1', '2 deploy 1.0.2'])
    await expectNoneFailed(load)
  })

  test('an aborted canary returns all traffic to the stable revision', async () => {
    const app = openApp({ strategy: { type: 'canary', steps: [{ setWeight: 50 }, { pause: {} }] }, replicas: 2 })
    const { engine, place } = app
    await deploy({ engine, next: app.healthy(1) })
    const load = startSharedLoad(app.request)
    const rollout = { engine, next: app.healthy(2), stable: app.healthy(1) }
    await carryOut(rollout, (await plan(rollout)).slice(0, 4))
    expect((await app.observe()).traffic).toEqual({ 1: 50, 2: 50 })
    await carryOut(rollout, planReturn(rollout))
    const after = await app.observe()
    expect(after.traffic).toEqual({ 1: 100 })
    expect(after.replicas.map(({ revision }) => revision)).toEqual([1, 1])
    expect(await app.deployments()).toEqual([`deployment.apps/${place.app}`])
    await expectNoneFailed(load)
  })

  test('a change of strategy takes over what another left', async () => {
    const green = openApp({ strategy: { type: 'blue-green', scaleDownDelay: '5m' } })
    const { engine, place, request } = green
    await deploy({ engine, next: green.healthy(1) })
    await deploy({ engine, next: green.healthy(2), stable: green.healthy(1) })
    const load = startSharedLoad(request)
    const rolling = green.healthy(3)
    const settings = { ...rolling.settings, strategy: { type: 'rolling' as const, maxSurge: 1, maxUnavailable: 0 } }
    await deploy({ engine, next: { ...rolling, settings }, stable: green.healthy(2) })
    expect((await green.observe()).traffic).toEqual({ 3: 100 })
    expect(await green.deployments()).toEqual([`deployment.apps/${place.app}`])
    await expectNoneFailed(load)
  })
})

function listNames({ replicas }: Observation): string[] {
  return replicas.map(({ name }) => name).sort()
}

/** The replicas that events of a type name; each says which one, of which revision and where, and nothing else. */
function listTold({ events }: RecordedContext, type: EventType): string[] {
  const facts = events.filter((event) => event.type === type).map(({ data }) => data)
  for (const told of facts)
    expect(told).toEqual({ replica: expect.any(String), revision: expect.any(Number), host: expect.any(String) })
  return facts.map((told) => ('replica' in told ? String(told.replica) : '')).sort()
}
