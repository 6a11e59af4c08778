import type { Release, WorkContext } from '@stevedore/engine'
import { openContext } from '@stevedore/engine/conformance'
import { createDockerDeployEngine } from '@stevedore/engine-docker'
import { lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPlace, openStage, type Stage, stageComponents } from './stage.ts'

describe.skipIf(lacks(...stageComponents))('the network of a host', () => {
  let stage: Stage
  let second: Stage
  beforeAll(async () => {
    ;[stage, second] = await Promise.all([openStage(), openStage()])
  })
  afterAll(async () => {
    await second?.close()
    await stage?.close()
  })

  /** As each of the installations that share a host does it: with a proxy of its own, in one network. */
  async function deploy({ proxy, docker }: Stage, release: Release, more: Partial<WorkContext> = {}): Promise<void> {
    const engine = createDockerDeployEngine({ docker, proxy, network: stage.network })
    const context = openContext({ jobId: release.app, ...more })
    await engine.prepare(release, context)
    await engine.scaleUp(release, 1, context)
    await engine.route(release, { 1: 100 }, context)
    await engine.finalize(release, [], context)
  }

  /** Of its name; drafts as well. */
  async function listNetworks(): Promise<{ Id: string; Name: string }[]> {
    return stage.docker.listNetworks({ filters: { name: [stage.network] } })
  }

  async function removeAll(): Promise<void> {
    for (const place of [...stage.places.splice(0), ...second.places.splice(0)]) await place.cleanup()
    for (const { Id } of await listNetworks()) await stage.docker.getNetwork(Id).remove()
  }

  async function openReleases() {
    const places = [await openPlace(stage), await openPlace(second)] as const
    return places.map((place) => ({ ...place, release: place.makeRelease({ revision: 1, behaviour: 'healthy' }) }))
  }

  test.each([1, 2, 3])('is one where two with proxies of their own begin at once (%i)', async () => {
    await removeAll()
    const [one, two] = await openReleases()
    await Promise.all([deploy(stage, one!.release), deploy(second, two!.release)])
    expect(await listNetworks()).toHaveLength(1)
    for (const { request } of [one!, two!]) expect(await request('/')).toEqual({ status: 200, revision: 1 })
  })

  test('is one again where an older worker made a second', async () => {
    await removeAll()
    const [one, two] = await openReleases()
    await deploy(stage, one!.release)
    const [first] = await listNetworks()
    await stage.docker.createNetwork({ Name: stage.network, Driver: 'bridge' })
    await deploy(second, two!.release)
    expect((await listNetworks()).map(({ Id }) => Id)).toEqual([first?.Id])
    expect(await two!.request('/')).toEqual({ status: 200, revision: 1 })
  })

  test('has another range where its own is taken by others before it is made', async () => {
    await removeAll()
    const [one] = await openReleases()
    const ranges: unknown[] = []
    const docker: Stage['docker'] = Object.assign(Object.create(stage.docker), {
      createNetwork: async (options: { Name: string; IPAM?: object }) => {
        const { Name, IPAM } = options
        if (Name === stage.network) ranges.push(IPAM)
        if (Name === stage.network && ranges.length === 1)
          await stage.docker.createNetwork({ Name: `${Name}-of-others`, Driver: 'bridge', ...(IPAM && { IPAM }) })
        return stage.docker.createNetwork(options)
      },
    })
    await deploy({ ...stage, docker }, one!.release)
    expect(await one!.request('/')).toEqual({ status: 200, revision: 1 })
    expect(ranges).toHaveLength(2)
    expect(ranges[1]).not.toEqual(ranges[0])
    await removeAll()
  })

  test('takes the place of a draft that a killed worker left', async () => {
    await removeAll()
    await stage.docker.createNetwork({ Name: `${stage.network}-draft`, Driver: 'bridge' })
    const [one] = await openReleases()
    await deploy(stage, one!.release)
    expect((await listNetworks()).map(({ Name }) => Name)).toEqual([stage.network])
  })
})
