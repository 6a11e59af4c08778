import { openContext } from '@stevedore/engine/conformance'
import { lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectServed, openPlace, type PlaceHarness } from './place.ts'
import { openStage, type Stage, stageComponents } from './stage.ts'

describe.skipIf(lacks(...stageComponents))('volumes of apps on Kubernetes', () => {
  let stage: Stage
  const places: PlaceHarness[] = []
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(async () => {
    for (const place of places) await place.cleanup()
    await stage?.close()
  })

  async function open(size: string): Promise<PlaceHarness> {
    const place = openPlace(stage, { strategy: 'recreate', settings: { volumes: { data: { path: '/data', size } } } })
    places.push(place)
    await place.storage
    return place
  }

  test('a claim that is given no storage ends the wait with the reason, and is there for who mends it', async () => {
    const { engine, place, makeRelease } = await open('900Ti')
    await expect(engine.roll(makeRelease({ revision: 1, behaviour: 'healthy' }), openContext())).rejects.toMatchObject({
      code: 'volume-unbound',
      diagnosis: expect.stringContaining(`${place.app}.test.data`),
    })
    expect(await engine.listVolumes(place, AbortSignal.timeout(10_000))).toEqual(['data'])
  })

  test('a size that the cluster cannot give is refused before anything is touched, and a smaller one changes nothing', async () => {
    const { engine, place, makeRelease, request } = await open('64Mi')
    const release = makeRelease({ revision: 1, behaviour: 'healthy' })
    await engine.roll(release, openContext())
    const sized = (size: string) => {
      const volumes = { data: { path: '/data', size, shared: false } }
      return { ...makeRelease({ revision: 2, behaviour: 'healthy' }), settings: { ...release.settings, volumes } }
    }
    const isGrowing = (await stage.cluster.kubectl(['get', 'storageclass', '-o', 'json'])).includes('is-default-class')
    if (!isGrowing)
      await expect(engine.prepare(sized('128Mi') as typeof release, openContext())).rejects.toMatchObject({
        code: 'volume-fixed',
      })
    await expectServed(request, 1)
    await engine.prepare(sized('32Mi') as typeof release, openContext())
    const claim = ['get', 'persistentvolumeclaim', `${place.app}.test.data`, '-o', 'jsonpath={.spec.resources}']
    expect(await stage.kubectl(claim)).toContain('64Mi')
  })
})
