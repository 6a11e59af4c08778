import { applyScale } from '@stevedore/contract'
import type { Release } from '@stevedore/engine'
import { openJob } from '@stevedore/engine/conformance'
import { lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { carryOut, deploy, plan, planReturn } from './carry-out.ts'
import { makeOthers } from './others.ts'
import { openPlace, type PlaceOptions } from './place.ts'
import { openStage, type Stage, stageComponents } from './stage.ts'

const script = 'trap "exit 0" TERM; echo "key $KEY"; while :; do sleep 1 & wait $!; done'
const worker = { command: ['sh', '-c', script], replicas: 1, stopTimeout: '90s' }

describe.skipIf(lacks(...stageComponents))('processes on Kubernetes', { timeout: 240_000 }, () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage?.close())

  function open({ settings, ...options }: PlaceOptions = {}) {
    const harness = openPlace(stage, { ...options, settings: { processes: { worker }, ...settings } })
    const { app } = harness.place
    return {
      ...harness,
      app,
      healthy: (revision: number): Release => harness.makeRelease({ revision, behaviour: 'healthy' }),
      observe: () => stage.engine.observe(harness.place, AbortSignal.timeout(30_000)),
      listPods: async () => {
        const labels = `stevedore.io/app=${app},stevedore.io/process=worker`
        const { items } = JSON.parse(await stage.kubectl(['get', 'pods', '-l', labels, '-o', 'json']))
        return items as { metadata: { name: string }; spec: { terminationGracePeriodSeconds: number } }[]
      },
      listServed: async () => {
        const { subsets = [] } = JSON.parse(await stage.kubectl(['get', 'endpoints', app, '-o', 'json']))
        const addresses = subsets.flatMap((one: { addresses?: unknown[] }) => one.addresses ?? [])
        return addresses.map(({ targetRef }: { targetRef: { name: string } }) => targetRef.name) as string[]
      },
    }
  }

  test('in the middle of a canary, when the Service selects both revisions, no process is served, and each has its secrets', async () => {
    const strategy = { type: 'canary', steps: [{ setWeight: 50 }, { pause: {} }] }
    const place = open({ replicas: 2, strategy, settings: { secrets: ['KEY'] } })
    const withKey = (revision: number, KEY: string): Release => ({ ...place.healthy(revision), secrets: { KEY } })
    const [stable, next] = [withKey(1, 'one'), withKey(2, 'two')]
    await deploy({ engine: stage.engine, next: stable })
    const rollout = { engine: stage.engine, next, stable }
    const actions = await plan(rollout)
    const pause = actions.findIndex((action) => action.do === 'pause')
    await carryOut(rollout, actions.slice(0, pause))
    const [pod] = await place.listPods()
    expect(pod?.spec.terminationGracePeriodSeconds).toBe(90)
    const served = await place.listServed()
    expect(served).toHaveLength(2)
    expect(served).not.toContain(pod?.metadata.name)
    await carryOut(rollout, actions.slice(pause))
    const lines: string[] = []
    const asked = { follow: false, tailLines: 10, process: 'worker' }
    for await (const line of stage.engine.logs(place.place, asked, AbortSignal.timeout(30_000))) lines.push(line)
    expect(lines.join('\n')).toContain('key two')
    expect((await place.observe()).drift).toEqual([])
  })

  test('a rolling deploy whose process does not come up is rolled back with the pods that it had', async () => {
    const place = open()
    const stable = place.healthy(1)
    await deploy({ engine: stage.engine, next: stable })
    const [before] = await place.listPods()
    const broken = { ...worker, command: ['sh', '-c', 'echo "no queue"; exit 3'] }
    const made = place.healthy(2)
    const next = { ...made, settings: { ...made.settings, processes: { worker: broken } } } as Release
    const rollout = { engine: stage.engine, next, stable }
    await expect(deploy(rollout)).rejects.toMatchObject({
      code: 'container-crashed',
      diagnosis: expect.stringContaining('no queue'),
    })
    await carryOut(rollout, planReturn(rollout))
    const alive = (await place.observe()).replicas.filter(({ process }) => process === 'worker')
    expect(alive.map(({ name }) => name)).toEqual([before?.metadata.name])
    expect((await place.observe()).traffic).toEqual({ 1: 100 })
  })

  test('what somebody did to a process is drift, and the next roll of its revision brings it back', async () => {
    const place = open()
    const release = place.healthy(1)
    await deploy({ engine: stage.engine, next: release })
    const name = `${place.app}-worker-r1`
    await stage.kubectl(['scale', `deployment/${name}`, '--replicas=3'])
    expect((await place.observe()).drift).toContainEqual({
      field: `Deployment ${name} spec.replicas`,
      wanted: '1',
      found: '3',
    })
    await stage.kubectl(['delete', `deployment/${name}`, '--wait=true'])
    const isAbsent = { field: `Deployment ${name}`, wanted: 'present', found: 'absent' }
    expect((await place.observe()).drift).toContainEqual(isAbsent)
    await stage.engine.rollProcesses(release, openJob())
    expect((await place.observe()).drift).toEqual([])
  })

  test('other counts replace no pod that stays, and are no drift', async () => {
    const place = open()
    const release = place.healthy(1)
    await deploy({ engine: stage.engine, next: release })
    const listNames = async () => (await place.observe()).replicas.map(({ name }) => name)
    const before = await listNames()
    const scaleTo = async (web: number, count: number) => {
      const scaled = applyScale(release.settings, { web, worker: count })
      const to = { ...release, settings: scaled }
      await stage.engine.scaleUp(to, web, openJob())
      await stage.engine.route(to, { 1: 100 }, openJob())
      await stage.engine.scaleDown(to, 1, web, openJob())
      await stage.engine.rollProcesses(to, openJob())
      const { drift, replicas } = await stage.engine.observe(to, AbortSignal.timeout(30_000))
      expect(drift).toEqual([])
      expect(replicas.filter(({ healthy }) => healthy)).toHaveLength(web + count)
    }
    await scaleTo(3, 2)
    expect(await listNames()).toEqual(expect.arrayContaining(before))
    await scaleTo(1, 0)
    await scaleTo(1, 1)
  })

  test('a process whose new pods cannot be made keeps those that it has, and can be restarted once they can', async () => {
    const place = open()
    const release = place.healthy(1)
    await deploy({ engine: stage.engine, next: release })
    const before = await place.listPods()
    await stage.kubectl(['create', 'quota', 'none', '--hard=pods=0'])
    try {
      const restart = stage.engine.restartProcess(release, 'worker', openJob())
      await expect(restart).rejects.toMatchObject({ code: 'quota-exceeded' })
    } finally {
      await stage.kubectl(['delete', 'quota', 'none'])
    }
    expect((await place.listPods()).map(({ metadata }) => metadata.name)).toEqual(
      before.map((one) => one.metadata.name),
    )
    await stage.engine.restartProcess(release, 'worker', openJob())
    const alive = (await place.observe()).replicas.filter(({ process }) => process === 'worker')
    expect(alive).toHaveLength(1)
    expect(alive[0]?.name).not.toBe(before[0]?.metadata.name)
    expect((await place.observe()).drift).toEqual([])
  })

  test('what has a process’ name and is another’s is refused and left', async () => {
    const place = open()
    await makeOthers(stage, { name: `${place.app}-worker-r1`, image: stage.image, replicas: 1 })
    const release = place.healthy(1)
    for (const act of [stage.engine.prepare, stage.engine.rollProcesses])
      await expect(act(release, openJob())).rejects.toMatchObject({ code: 'policy-violation' })
    await stage.engine.remove(place.place, openJob())
    await stage.kubectl(['get', `deployment/${place.app}-worker-r1`])
  })

  test('an adopted Deployment has none beside it', async () => {
    await makeOthers(stage, { name: 'adopted-alone', image: stage.image, replicas: 1 })
    const place = open({ settings: { deployment: 'adopted-alone' } })
    await expect(stage.engine.prepare(place.healthy(1), openJob())).rejects.toMatchObject({
      code: 'policy-violation',
      diagnosis: expect.stringContaining('leave processes out'),
    })
  })
})
