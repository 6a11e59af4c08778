import { openJob } from '@stevedore/engine/conformance'
import { lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deploy } from './carry-out.ts'
import { openPlace, type PlaceOptions } from './place.ts'
import { openStage, type Stage, stageComponents } from './stage.ts'

describe.skipIf(lacks(...stageComponents))('what a release brings and takes along', { timeout: 180_000 }, () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage?.close())

  function open(options: PlaceOptions = {}) {
    const { place, makeRelease } = openPlace(stage, options)
    return {
      place,
      makeRelease,
      healthy: (revision: number) => makeRelease({ revision, behaviour: 'healthy' }),
      observe: () => stage.engine.observe(place, AbortSignal.timeout(30_000)),
      get: async (object: string) => JSON.parse(await stage.kubectl(['get', object, '-o', 'json'])),
      list: async (kinds: string) =>
        (await stage.kubectl(['get', kinds, '-l', `stevedore.io/app=${place.app}`, '-o', 'name']))
          .trim()
          .split('\n')
          .filter(Boolean),
    }
  }

  test('what the spec names no longer goes with the release that does not, and the dry run says so', async () => {
    const settings = { ingress: { host: 'shop.test' }, autoscale: { cpu: 70, min: 2, max: 3 } }
    const { healthy, list, observe, place } = open()
    const [first, next] = [healthy(1), healthy(2)]
    const named = { ...first, settings: { ...first.settings, ...settings } as never }
    await deploy({ engine: stage.engine, next: named })
    expect(await stage.engine.preview(next, AbortSignal.timeout(30_000))).toEqual(
      expect.arrayContaining([
        { action: 'delete', object: `Ingress ${place.app}`, fields: [] },
        { action: 'delete', object: `HorizontalPodAutoscaler ${place.app}`, fields: [] },
      ]),
    )
    await deploy({ engine: stage.engine, next, stable: named })
    expect(await list('ingresses,horizontalpodautoscalers')).toEqual([])
    expect((await observe()).drift).toEqual([])
  })

  test('what is in a namespace of any place is listed, ways in without pods as well', async () => {
    const { healthy, place } = open({ settings: { ingress: { host: 'shop.test' } } })
    await deploy({ engine: stage.engine, next: healthy(1) })
    const look = async () => {
      const hosts = await stage.engine.listPlaces(AbortSignal.timeout(30_000))
      const [own] = hosts.filter(({ host }) => host === `namespace ${stage.namespace}`)
      return own?.places.find(({ app }) => app === place.app)
    }
    const { app, environment } = place
    const claims = ['host shop.test']
    expect(await look()).toEqual({ app, environment, replicas: 1, revisions: [1], claims })
    await stage.kubectl(['delete', `deployment/${app}`])
    await expect.poll(look, { timeout: 120_000 }).toEqual({ app, environment, replicas: 0, revisions: [], claims })
    await stage.engine.remove(place, openJob())
    await expect.poll(look, { timeout: 120_000 }).toBeUndefined()
  })

  test('a revision brings its network policy, which what runs beside it is not bound by, and takes it along', async () => {
    const { healthy, makeRelease, get, list, observe, place } = open({
      settings: { networkPolicy: { from: [{ namespace: 'ingress-nginx' }], to: [{ app: 'db', ports: [5432] }] } },
    })
    const policies = async () =>
      (await list('networkpolicies')).map((name) => name.replace(`networkpolicy.networking.k8s.io/${place.app}-`, ''))
    await deploy({ engine: stage.engine, next: healthy(1) })
    const { spec, metadata } = await get(`networkpolicies/${place.app}-r1`)
    expect(metadata.ownerReferences).toMatchObject([{ kind: 'ReplicaSet' }])
    const selector = Object.entries(spec.podSelector.matchLabels).map(([key, value]) => `${key}=${value}`)
    const bound = await stage.kubectl(['get', 'pods', '-l', selector.join(','), '-o', 'name'])
    expect(bound.trim().split('\n')).toHaveLength(1)

    const broken = makeRelease({ revision: 2, behaviour: 'never-healthy' })
    await expect(deploy({ engine: stage.engine, next: broken, stable: healthy(1) })).rejects.toThrow()
    expect(await policies()).toEqual(['r1', 'r2'])
    await deploy({ engine: stage.engine, next: healthy(3), stable: healthy(1) })
    // That of what failed goes when the cluster lets its ReplicaSet go.
    expect(await policies()).toEqual(expect.arrayContaining(['r1', 'r3']))
    const kept = await get('networkpolicies')
    expect(kept.items.filter((one: { metadata: object }) => !('ownerReferences' in one.metadata))).toEqual([])

    await stage.kubectl(['delete', `networkpolicy/${place.app}-r3`])
    expect((await observe()).drift).toEqual([
      { field: `NetworkPolicy ${place.app}-r3`, wanted: 'present', found: 'absent' },
    ])
    await stage.engine.remove(place, openJob())
    await expect.poll(policies, { timeout: 60_000 }).toEqual([])
  })
})
