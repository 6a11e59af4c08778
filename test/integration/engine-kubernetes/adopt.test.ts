import { openJob } from '@stevedore/engine/conformance'
import { lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { carryOut, deploy, plan, planReturn } from './carry-out.ts'
import { expectNoneFailed, startSharedLoad } from './load.ts'
import { makeOthers } from './others.ts'
import { expectServed, openPlace, type PlaceOptions } from './place.ts'
import { openStage, type Stage, stageComponents } from './stage.ts'

describe.skipIf(lacks(...stageComponents))('adopting what others made', { timeout: 240_000 }, () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage?.close())

  async function adopt(name: string, { settings, ...options }: PlaceOptions = {}) {
    await makeOthers(stage, { name, image: stage.image })
    const health = { deadline: '60s' }
    const harness = openPlace(stage, { ...options, settings: { deployment: name, drain: '10s', health, ...settings } })
    // Each node's proxy follows only after the rollout's status does, and tells nobody when it has: only asking shows it.
    const status = () =>
      harness.request('/').then(
        (answer) => answer.status,
        () => 0,
      )
    await expect.poll(status, { timeout: 10_000 }).toBe(200)
    const read = async (kind: string) => JSON.parse(await stage.kubectl(['get', kind, name, '-o', 'json']))
    return { ...harness, read, healthy: (revision: number) => harness.makeRelease({ revision, behaviour: 'healthy' }) }
  }

  test('another manager’s fields are a conflict that names it, found before anything is touched', async () => {
    const app = await adopt('conflict')
    const before = await app.read('deployment')
    const failure = await app.engine.prepare(app.healthy(1), openJob()).catch((error) => error)
    expect(failure).toMatchObject({ code: 'field-conflict' })
    expect(failure.diagnosis).toMatch(/REVISION.*belongs to others/)
    expect((await app.read('deployment')).metadata.generation).toBe(before.metadata.generation)
  })

  test('by force only the image and what the spec names are changed', async () => {
    const app = await adopt('forced', { settings: { force: true, resources: { requests: { memory: '32Mi' } } } })
    const before = await app.read('deployment')
    const changes = await app.engine.preview(app.healthy(1), AbortSignal.timeout(30_000))
    expect(changes.map(({ object }) => object)).toEqual(['Deployment forced'])
    expect(changes[0]!.fields.map(({ field }) => field).filter((field) => field.startsWith('spec'))).toEqual([
      'spec.template.spec.containers[web].env[REVISION].value',
      'spec.template.spec.containers[web].env[BEHAVIOUR].name',
      'spec.template.spec.containers[web].env[BEHAVIOUR].value',
      'spec.template.spec.containers[web].resources.requests.memory',
    ])
    const load = startSharedLoad(app.request)
    await deploy({ engine: app.engine, next: app.healthy(1) })
    await deploy({ engine: app.engine, next: app.healthy(2), stable: app.healthy(1) })
    await expectNoneFailed(load)
    const after = await app.read('deployment')
    expect(after.spec.replicas).toBe(2)
    expect(after.spec.strategy).toEqual(before.spec.strategy)
    const [old, now] = [before, after].map(({ spec }) => spec.template)
    const { env, resources, ...kept } = now.spec.containers[0]
    const { env: oldEnv, resources: _, ...oldKept } = old.spec.containers[0]
    expect(kept).toEqual(oldKept)
    expect(env).toContainEqual({ name: 'KEPT', value: 'yes' })
    expect(env).toContainEqual({ name: 'REVISION', value: '2' })
    expect(oldEnv).toHaveLength(2)
    expect(resources).toEqual({ requests: { memory: '32Mi' } })
    expect(now.metadata).toEqual(old.metadata)
    expect((await app.engine.observe(app.place, AbortSignal.timeout(30_000))).traffic).toEqual({ 2: 100 })
  })

  test('a first deploy that fails leaves it as it was found, and the next one works', async () => {
    const app = await adopt('spared', { settings: { force: true } })
    const before = await app.read('deployment')
    const load = startSharedLoad(app.request)
    const bad = { engine: app.engine, next: app.makeRelease({ revision: 1, behaviour: 'crash' }) }
    await expect(deploy(bad)).rejects.toMatchObject({ code: 'container-crashed' })
    await carryOut(bad, planReturn(bad))
    const after = await app.read('deployment')
    expect(after.spec).toEqual(before.spec)
    const mild = app.healthy(2)
    await deploy({
      engine: app.engine,
      next: { ...mild, settings: { ...mild.settings, force: false } as typeof mild.settings },
    })
    await expectNoneFailed(load)
    expect((await app.engine.observe(app.place, AbortSignal.timeout(30_000))).traffic).toEqual({ 2: 100 })
  })

  test('blue-green comes up at the size that was found, switches the Service and leaves it as it was', async () => {
    const app = await adopt('colours', {
      strategy: { type: 'blue-green', scaleDownDelay: '0s' },
      settings: { force: true },
    })
    const load = startSharedLoad(app.request)
    await deploy({ engine: app.engine, next: app.healthy(1) })
    await deploy({ engine: app.engine, next: app.healthy(2), stable: app.healthy(1) })
    await expectNoneFailed(load)
    expect((await app.read('service')).spec.selector).toEqual({ app: 'colours' })
    const seen = await app.engine.observe(app.place, AbortSignal.timeout(30_000))
    expect(seen.traffic).toEqual({ 2: 100 })
    expect(seen.replicas).toHaveLength(2)
  })

  test('a canary beside an adopted Deployment can be aborted', async () => {
    const strategy = { type: 'canary', steps: [{ setWeight: 50 }, { pause: {} }] }
    const app = await adopt('yellow', { strategy, settings: { force: true }, replicas: 2 })
    const load = startSharedLoad(app.request)
    await deploy({ engine: app.engine, next: app.healthy(1) })
    const rollout = { engine: app.engine, next: app.healthy(2), stable: app.healthy(1) }
    await carryOut(rollout, (await plan(rollout)).slice(0, 4))
    const half = await app.engine.observe(app.place, AbortSignal.timeout(30_000))
    expect(half.traffic).toEqual({ 1: 50, 2: 50 })
    await carryOut(rollout, planReturn(rollout))
    await expectNoneFailed(load)
    expect((await app.read('service')).spec.selector).toEqual({ app: 'yellow' })
    expect((await app.engine.observe(app.place, AbortSignal.timeout(30_000))).traffic).toEqual({ 1: 100 })
  })

  test('removing a place leaves what was adopted', async () => {
    const app = await adopt('kept', { settings: { force: true } })
    await deploy({ engine: app.engine, next: app.healthy(1) })
    await app.engine.remove(app.place, openJob())
    await expectServed(app.request, 1)
  })
})
