import { randomBytes } from 'node:crypto'
import type { Release } from '@stevedore/engine'
import { openContext } from '@stevedore/engine/conformance'
import { lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askFrom } from './linked.ts'
import { openPlace, openStage, openStartWatch, type PlaceHarness, type Stage, stageComponents } from './stage.ts'

describe.skipIf(lacks(...stageComponents))('links on Docker', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage?.close())

  async function deploy(harness: PlaceHarness, revision = 1): Promise<void> {
    await deployRelease(harness.makeRelease({ revision, behaviour: 'healthy' }))
  }

  async function deployRelease(release: Release): Promise<void> {
    await stage.engine.prepare(release, openContext())
    await stage.engine.scaleUp(release, 1, openContext())
    await stage.engine.route(release, { [release.revision]: 100 }, openContext())
    await stage.engine.finalize(release, [], openContext())
  }

  const name = () => `a${randomBytes(4).toString('hex')}`
  const noWayIn = { host: undefined, health: { interval: '200ms' } }

  test('lead to several apps of one port by their names, also to those that have no other way in', async () => {
    const [shop, mail, bank] = [name(), name(), name()]
    const places = [
      await openPlace(stage, { app: mail, settings: { linkedBy: [shop], ...noWayIn } }),
      await openPlace(stage, { app: bank, settings: { linkedBy: [shop], protocol: 'tcp', ...noWayIn } }),
      await openPlace(stage, { app: shop, settings: { links: [mail, bank] } }),
    ]
    for (const [index, place] of places.entries()) await deploy(place, index + 1)
    expect(await askFrom(stage, shop, mail)).toEqual({ status: 200, revision: 1 })
    expect(await askFrom(stage, shop, bank)).toEqual({ status: 200, revision: 2 })
    await expect(askFrom(stage, mail, shop)).rejects.toThrow()
    await expect(askFrom(stage, mail, bank)).rejects.toThrow()
  })

  test('share no network: who links is in its own, and what stands there is in no other', async () => {
    const [shop, mail] = [name(), name()]
    const target = await openPlace(stage, { app: mail, settings: { linkedBy: [shop] } })
    const caller = await openPlace(stage, { app: shop, settings: { links: [mail] } })
    await deploy(target)
    await deploy(caller)
    expect(await networksOf(mail)).toEqual({ replica: [stage.network] })
    const own = `${stage.network}.${shop}.test`
    expect(await networksOf(shop)).toEqual({ link: [own], replica: [stage.network, own] })
    const [replica] = await listOf(mail)
    for (const { IPAddress } of Object.values(replica?.NetworkSettings.Networks ?? {}))
      await expect(askFrom(stage, shop, IPAddress, 8080)).rejects.toThrow()
    await stage.engine.remove(caller.place, openContext())
    expect(await networksOf(shop)).toEqual({})
    expect(await stage.docker.listNetworks({ filters: { label: [`io.stevedore.app=${shop}`] } })).toEqual([])
  })

  test('lose no request of hundreds while what they lead to is switched, and the proxy takes in another caller', async () => {
    const [shop, mail] = [name(), name()]
    const target = await openPlace(stage, { app: mail, settings: { linkedBy: [shop] } })
    const caller = await openPlace(stage, { app: shop, settings: { links: [mail] } })
    await deploy(target)
    await deploy(caller)
    const once = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 10 ${mail} 80 | head -n 1`
    // Until what is switched to last answers, and for some requests more.
    const script = `i=0; while [ $i -lt 600 ]; do i=$((i+1)); ${once}; done`
    const lines: string[] = []
    const context = openContext({ jobId: `job-${shop}`, log: (line: string) => void lines.push(line.trim()) })
    const words = ['sh', '-c', script]
    await stage.engine.startCommand(
      caller.makeRelease({ revision: 1, behaviour: 'healthy' }),
      { words, timeoutMs: 120_000 },
      context,
    )
    const followed = stage.engine.followCommand(caller.place, context)
    for (const revision of [2, 3]) await deploy(target, revision)
    const other = target.makeRelease({ revision: 4, behaviour: 'healthy' })
    await deployRelease({ ...other, settings: { ...other.settings, linkedBy: [shop, name()] } })
    const during = lines.length
    await followed
    const answers = lines.filter((line) => line !== '')
    expect(during).toBeGreaterThan(50)
    expect(new Set(answers)).toEqual(new Set(['HTTP/1.1 200 OK']))
    expect(answers).toHaveLength(600)
  })

  test('stand again after the proxy and what stands for the app were started anew', async () => {
    const [shop, mail] = [name(), name()]
    await deploy(await openPlace(stage, { app: mail, settings: { linkedBy: [shop] } }))
    await deploy(await openPlace(stage, { app: shop, settings: { links: [mail] } }))
    const link = (await listOf(shop)).find(({ Labels }) => Labels['io.stevedore.role'] === 'link')
    for (const container of [stage.proxy.name, link?.Id ?? '']) {
      const started = await openStartWatch(stage.docker, container)
      await stage.docker.getContainer(container).restart({ t: 1 })
      await started()
    }
    await expect
      .poll(() => askFrom(stage, shop, mail).catch(String), { timeout: 30_000 })
      .toMatchObject({ status: 200 })
  })

  const listOf = (app: string) =>
    stage.docker.listContainers({ all: true, filters: { label: [`io.stevedore.app=${app}`] } })

  async function networksOf(app: string): Promise<Record<string, string[]>> {
    const all = await listOf(app)
    return Object.fromEntries(
      all.map(({ Labels, NetworkSettings }) => [
        Labels['io.stevedore.role'],
        Object.keys(NetworkSettings.Networks).toSorted(),
      ]),
    )
  }
})
