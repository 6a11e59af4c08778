import { openContext } from '@stevedore/engine/conformance'
import { lacks, waitUntil } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPlace, openStage, type PlaceHarness, type Stage, stageComponents } from './stage.ts'

const volumes = { data: { path: '/data' }, deep: { path: '/var/lib/app/files' } }

describe.skipIf(lacks(...stageComponents))('volumes of apps on Docker', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage?.close())

  const open = (settings: object = {}) => openPlace(stage, { strategy: 'recreate', settings: { volumes, ...settings } })

  async function bringUp(harness: PlaceHarness, revision: number): Promise<void> {
    const release = harness.makeRelease({ revision, behaviour: 'healthy' })
    await stage.engine.prepare(release, openContext())
    await stage.engine.scaleUp(release, 1, openContext())
    await stage.engine.route(release, { [revision]: 100 }, openContext())
  }

  const look = async ({ place }: PlaceHarness) =>
    (await stage.engine.observe(place, AbortSignal.timeout(30_000))).replicas

  async function inspect({ place }: PlaceHarness) {
    const label = [`io.stevedore.app=${place.app}`, 'io.stevedore.role=replica']
    const [found] = await stage.docker.listContainers({ filters: { label } })
    return stage.docker.getContainer(found?.Id ?? '').inspect()
  }

  test('a user that the image knows nothing of writes in a folder that it has not, with a root that is read-only', async () => {
    const harness = await open({ user: 4321 })
    await bringUp(harness, 1)
    expect((await harness.request('/write?text=one')).status).toBe(200)
    const { HostConfig, Mounts, Config } = await inspect(harness)
    expect({ user: Config.User, isReadOnly: HostConfig.ReadonlyRootfs }).toEqual({
      user: '4321:4321',
      isReadOnly: true,
    })
    expect(Mounts.map(({ Destination }) => Destination).toSorted()).toEqual(['/data', '/var/lib/app/files'])
    const label = [`io.stevedore.app=${harness.place.app}`, 'io.stevedore.role=volume-opener']
    expect(await stage.docker.listContainers({ all: true, filters: { label } })).toEqual([])
  })

  test('what was told to end and has not is waited for, whoever told it', async () => {
    const harness = await open({
      host: undefined,
      command: ['sh', '-c', "trap '' TERM; while :; do sleep 1; done"],
      stopTimeout: '8s',
      health: { interval: '200ms', threshold: 1 },
    })
    const release = harness.makeRelease({ revision: 1, behaviour: 'healthy' })
    await stage.engine.scaleUp(release, 1, openContext())
    const [abort, reason] = [new AbortController(), new Error('cancelled by the test')]
    const ending = stage.engine.scaleDown(harness.place, 1, 0, openContext({ signal: abort.signal }))
    const outcome = expect(ending).rejects.toBe(reason)
    await waitUntil('it to be told to end', async () => (await look(harness)).some(({ state }) => state === 'leaving'))
    abort.abort(reason)
    await outcome
    const told: string[] = []
    const event = (type: string) => void (type.startsWith('replica.') && told.push(type))
    await stage.engine.scaleUp(release, 1, openContext({ event }))
    expect(told).toEqual(['replica.stopped', 'replica.started', 'replica.healthy'])
    expect((await look(harness)).map(({ healthy }) => healthy)).toEqual([true])
  })

  test('two environments of an app share no volume', async () => {
    const harness = await open()
    await bringUp(harness, 1)
    const other = { ...harness.place, environment: 'test-2' }
    expect(await stage.engine.listVolumes(harness.place, AbortSignal.timeout(10_000))).toEqual(['data', 'deep'])
    expect(await stage.engine.listVolumes(other, AbortSignal.timeout(10_000))).toEqual([])
    await stage.engine.remove(other, openContext(), { withData: true })
    expect(await stage.engine.listVolumes(harness.place, AbortSignal.timeout(10_000))).toEqual(['data', 'deep'])
  })

  test('a volume that has left the spec stays, and goes with all others when that is asked for', async () => {
    const harness = await open()
    await bringUp(harness, 1)
    await stage.engine.scaleDown(harness.place, 1, 0, openContext())
    const release = harness.makeRelease({ revision: 2, behaviour: 'healthy' })
    const bare = { ...release, settings: { ...release.settings, volumes: undefined } }
    await stage.engine.scaleUp(bare, 1, openContext())
    await stage.engine.route(bare, { 2: 100 }, openContext())
    await stage.engine.finalize(bare, [], openContext())
    expect(await stage.engine.listVolumes(bare, AbortSignal.timeout(10_000))).toEqual(['data', 'deep'])
    await stage.engine.remove(bare, openContext(), { withData: true })
    expect(await stage.engine.listVolumes(bare, AbortSignal.timeout(10_000))).toEqual([])
    await bringUp(harness, 3)
    expect((await harness.request('/has?text=one')).status).toBe(404)
  })

  test('a volume that somebody removed with its container is told as drift', async () => {
    const harness = await open()
    await bringUp(harness, 1)
    const { Id } = await inspect(harness)
    await stage.docker.getContainer(Id).remove({ force: true })
    await stage.docker.getVolume(`${stage.network}.${harness.place.app}.test.data`).remove()
    const { drift } = await stage.engine.observe(harness.place, AbortSignal.timeout(30_000))
    expect(drift).toContainEqual({ field: 'volume data', wanted: 'present', found: 'absent' })
  })
})
