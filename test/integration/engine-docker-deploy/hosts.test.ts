import { openContext } from '@stevedore/engine/conformance'
import { createDockerDeployEngine, openDocker } from '@stevedore/engine-docker'
import {
  ensureProxyImage,
  lacks,
  type SecondDocker,
  secondDockerComponent,
  startSecondDocker,
} from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, findProxyPorts, openPlace, openStage, type Stage, stageComponents } from './stage.ts'

const soon = () => AbortSignal.timeout(60_000)

describe.skipIf(lacks(...stageComponents, secondDockerComponent))('several hosts', () => {
  let stage: Stage
  let second: SecondDocker
  let engine: Stage['engine']
  let ports: { http: number }[]

  beforeAll(async () => {
    stage = await openStage()
    second = await startSecondDocker('10.213.0.1/24')
    await ensureProxyImage(second.docker)
    const away = openDocker({ host: 'unix:///no/such/docker.sock' })
    const secondPorts = await findProxyPorts()
    ports = [stage.proxy.ports, secondPorts]
    engine = createDockerDeployEngine({
      docker: away,
      hosts: { a: stage.docker, b: second.docker, away },
      proxy: stage.proxy,
      hostProxies: { b: { ports: secondPorts } },
      network: stage.name,
    })
  })
  afterAll(async () => {
    await second?.stop()
    await stage?.close()
  })

  test('each rolls in turn, and is seen as one', async () => {
    const harness = await openPlace(stage, { settings: { hosts: ['a', 'b'] } })
    const release = harness.makeRelease({ revision: 1, behaviour: 'healthy' })
    const started: unknown[] = []
    const event = (type: string, data: Record<string, unknown>) => type === 'replica.started' && started.push(data.host)
    await engine.prepare(release, openContext())
    await engine.scaleUp(release, 1, openContext({ event }))
    await engine.route(release, { 1: 100 }, openContext())
    await engine.finalize(release, [], openContext())
    expect(started).toEqual(['a', 'b'])
    const { replicas, traffic } = await engine.observe(harness.place, soon())
    expect(replicas.map(({ host, healthy }) => ({ host, healthy }))).toEqual([
      { host: 'a', healthy: true },
      { host: 'b', healthy: true },
    ])
    expect(traffic).toEqual({ 1: 100 })
    for (const { http } of ports)
      expect(await ask(`http://127.0.0.1:${http}/`, harness.hostHeader)).toEqual({ status: 200, revision: 1 })
    await engine.remove(harness.place, openContext())
    expect((await engine.observe(harness.place, soon())).replicas).toEqual([])
  })

  test('a first host that fails stops the rest, and is named', async () => {
    const harness = await openPlace(stage, { settings: { hosts: ['away', 'b'] } })
    const release = harness.makeRelease({ revision: 1, behaviour: 'healthy' })
    await expect(engine.scaleUp(release, 1, openContext())).rejects.toMatchObject({
      code: 'engine-unreachable',
      diagnosis: expect.stringContaining('on host away'),
    })
    const label = [`io.stevedore.app=${harness.place.app}`]
    expect(await second.docker.listContainers({ all: true, filters: { label } })).toEqual([])
    const unknown = await openPlace(stage, { settings: { hosts: ['nowhere'] } })
    await expect(engine.scaleUp({ ...release, ...unknown.place }, 1, openContext())).rejects.toMatchObject({
      code: 'host-failed',
      diagnosis: expect.stringContaining('nowhere'),
    })
  })

  test('what has a volume runs where that is, whichever host is named first, and nowhere without it', async () => {
    const volumes = { data: { path: '/data' } }
    const harness = await openPlace(stage, { strategy: 'recreate', settings: { hosts: ['b', 'a'], volumes } })
    const { place, makeRelease } = harness
    const on = (revision: number, hosts: string[]) => {
      const release = makeRelease({ revision, behaviour: 'healthy' })
      return { ...release, settings: { ...release.settings, hosts } } as typeof release
    }
    const listHosts = async () => (await engine.observe(place, soon())).replicas.map(({ host }) => host)
    const first = on(1, ['b', 'a'])
    await engine.prepare(first, openContext())
    await engine.scaleUp(first, 1, openContext())
    await engine.route(first, { 1: 100 }, openContext())
    await engine.finalize(first, [], openContext())
    expect(await listHosts()).toEqual(['b'])
    const second = on(2, ['a', 'b'])
    await engine.scaleDown(second, 1, 0, openContext())
    await engine.prepare(second, openContext())
    await engine.scaleUp(second, 1, openContext())
    expect(await listHosts()).toEqual(['b'])
    expect(await engine.listVolumes(place, soon())).toEqual(['data'])
    await expect(engine.prepare(on(3, ['a']), openContext())).rejects.toMatchObject({
      code: 'volume-fixed',
      diagnosis: expect.stringContaining('on b'),
    })
    await engine.remove(place, openContext(), { withData: true })
    expect(await engine.listVolumes(place, soon())).toEqual([])
  })

  test('an engine that is restarted brings replicas and weights back', async () => {
    const harness = await openPlace(stage, { strategy: 'canary', settings: { hosts: ['b'] } })
    const { place, makeRelease } = harness
    await engine.scaleUp(makeRelease({ revision: 1, behaviour: 'healthy' }), 1, openContext())
    await engine.scaleUp(makeRelease({ revision: 2, behaviour: 'healthy' }), 1, openContext())
    await engine.route(place, { 1: 70, 2: 30 }, openContext())
    await second.halt()
    await expect(engine.observe(place, soon())).rejects.toMatchObject({ code: 'engine-unreachable' })
    await second.start()
    await expect
      .poll(async () => (await engine.observe(place, soon())).replicas.map(({ healthy }) => healthy), {
        timeout: 60_000,
      })
      .toEqual([true, true])
    await expect
      .poll(async () => (await engine.observe(place, soon())).traffic, { timeout: 30_000 })
      .toEqual({ 1: 70, 2: 30 })
    await engine.remove(place, openContext())
  })
})
