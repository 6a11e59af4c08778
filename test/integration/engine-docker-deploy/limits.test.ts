import { openContext } from '@stevedore/engine/conformance'
import { createDockerDeployEngine } from '@stevedore/engine-docker'
import { lacks, waitUntil } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPlace, openStage, type PlaceHarness, type Stage, stageComponents } from './stage.ts'

const soon = () => AbortSignal.timeout(60_000)
const health = { path: '/health', interval: '200ms', timeout: '1s', threshold: 2, deadline: '60s' }
const eatMemory = ['node', '-e', 'const kept = []; for (;;) kept.push(Buffer.alloc(1e8, 1))']
/** A child is killed, and the first process told so by its end alone. */
const eatMemoryInChild = ['sh', '-c', 'head -c 8000000000 /dev/zero | tail']
const bomb = ['sh', '-c', 'f() { f | f & }; f; sleep 1000']
/** All that it may have, and it stays and says nothing of what it is refused. */
const quietBomb = ['sh', '-c', 'i=1; while [ $i -lt 512 ]; do sleep 1000 & i=$((i + 1)); done; exec sleep 1000']

describe.skipIf(lacks(...stageComponents))('what an app may take', () => {
  let stage: Stage
  let neighbour: PlaceHarness
  beforeAll(async () => {
    stage = await openStage()
    neighbour = await openPlace(stage)
    await neighbour.engine.scaleUp(neighbour.makeRelease({ revision: 1, behaviour: 'healthy' }), 1, openContext())
    await neighbour.engine.route(neighbour.place, { 1: 100 }, openContext())
  })
  afterAll(() => stage.close())

  const deploy = async (settings: Record<string, unknown>, engine = stage.engine) => {
    const { makeRelease } = await openPlace(stage, { settings })
    const release = makeRelease({ revision: 1, behaviour: 'healthy' })
    return { release, deployed: engine.scaleUp(release, 1, openContext()) }
  }
  const isNeighbourFine = async () => (await neighbour.request('/')).status === 200
  const readContainer = async (app: string) => {
    const filters = { label: [`io.stevedore.app=${app}`] }
    const [found] = await stage.docker.listContainers({ all: true, filters })
    return stage.docker.getContainer(found!.Id)
  }

  test.each([
    [{}, /more memory than this server's default, 1Gi: set resources\.limits\.memory/],
    [{ resources: { requests: { memory: '1100Mi' } } }, /this server's default, 1100Mi/],
    [
      { command: eatMemoryInChild, resources: { limits: { memory: '32Mi' } } },
      /resources\.limits\.memory of the spec, 32Mi/,
    ],
  ])(
    'memory of %j without end: it ends, its neighbour does not, and whose limit it was is said',
    async (more, says) => {
      const { deployed } = await deploy({ command: eatMemory, health, ...more })
      await expect(deployed).rejects.toMatchObject({
        code: 'resource-exceeded',
        diagnosis: expect.stringMatching(says),
      })
      expect(await isNeighbourFine()).toBe(true)
    },
  )

  test.each([
    ['ends', bomb],
    ['stays', quietBomb],
  ])('a fork bomb that %s is refused processes, its neighbour is not', async (_, command) => {
    const { deployed } = await deploy({ command, health: { ...health, deadline: '30s' } })
    await expect(deployed).rejects.toMatchObject({
      code: 'resource-exceeded',
      diagnosis: expect.stringContaining("this server's limit, 512 (APP_PROCESSES"),
    })
    expect(await isNeighbourFine()).toBe(true)
  })

  test('a migration has the same limits', async () => {
    const { makeRelease, engine } = await openPlace(stage, { settings: { migrate: { command: eatMemory } } })
    await expect(
      engine.migrate(makeRelease({ revision: 1, behaviour: 'healthy' }), openContext()),
    ).rejects.toMatchObject({ code: 'resource-exceeded', diagnosis: expect.stringContaining('default, 1Gi') })
  })

  test('one that is killed later says so in its state', async () => {
    const { release, deployed } = await deploy({ resources: { limits: { memory: '64Mi' } } })
    await deployed
    const container = await readContainer(release.app)
    await container.update({ RestartPolicy: { Name: 'no' } })
    const exec = await container.exec({ Cmd: ['sh', '-c', 'tail /dev/zero; kill 1'] })
    await exec.start({ Detach: true })
    const look = async () => (await stage.engine.observe(release, soon())).replicas[0]
    const isKilled = async () => ((await container.inspect()).State.Running ? undefined : true)
    await waitUntil('the end of the replica', isKilled, { timeoutMs: 60_000 })
    expect((await look())?.reason).toMatch(/more memory than resources\.limits\.memory of the spec, 64Mi/)
  })

  test('what runs without a limit, or with an earlier one, is no drift, and what somebody takes away is', async () => {
    const without = createDockerDeployEngine({ ...stage, appLimits: {} })
    const { release, deployed } = await deploy({}, without)
    await deployed
    const container = await readContainer(release.app)
    const { HostConfig } = await container.inspect()
    expect([HostConfig.Memory, HostConfig.PidsLimit ?? 0]).toEqual([0, 0])
    await stage.engine.route(release, { 1: 100 }, openContext())
    expect((await stage.engine.observe(release, soon())).drift).toEqual([])

    const { release: limited, deployed: second } = await deploy({})
    await second
    await stage.engine.route(limited, { 1: 100 }, openContext())
    for (const engine of [stage.engine, without, createDockerDeployEngine({ ...stage, appLimits: { memory: '2Gi' } })])
      expect((await engine.observe(limited, soon())).drift).toEqual([])
    await (await readContainer(limited.app)).update({ Memory: 2 ** 31, MemorySwap: 2 ** 31 })
    expect((await stage.engine.observe(limited, soon())).drift).toMatchObject([
      { wanted: String(2 ** 30), found: String(2 ** 31) },
    ])
  })
})
