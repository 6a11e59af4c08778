import { findFreePort, lacks, openTestDocker } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectNoneFailed, openRolloutStage, type RolloutStage, rolloutComponents } from './stage.ts'

describe.skipIf(lacks(...rolloutComponents))('an environment on Docker that is taken down', () => {
  let stage: RolloutStage
  let app = ''
  let sidePort = 0

  /** `side` runs beside `main`, behind the same proxy. */
  beforeAll(async () => {
    stage = await openRolloutStage()
    await stage.startWorker()
    await stage.declare({ strategy: { type: 'blue-green', scaleDownDelay: '5m' } })
    const { body } = await stage.api.call('GET', '/v1/apps')
    const { spec } = body.items[0]
    app = spec.app
    sidePort = await findFreePort()
    const side = { ...spec.environments.main, port: sidePort }
    await put({ ...spec, environments: { ...spec.environments, side } })
    for (const environment of ['side', 'main', 'main'])
      expect(await stage.end(await stage.deploy({ environment }))).toMatchObject({ state: 'succeeded', error: null })
  })
  afterAll(() => stage.close())

  async function put(spec: object): Promise<void> {
    const answer = await stage.api.call('PUT', `/v1/apps/${app}`, { body: spec })
    expect(answer.status, answer.text).toBe(200)
  }

  const view = async (environment: string) =>
    (await stage.api.call('GET', `/v1/apps/${app}/environments/${environment}`)).body

  async function countContainers(environment: string): Promise<number> {
    const label = [`io.stevedore.app=${app}`, `io.stevedore.environment=${environment}`]
    return (await openTestDocker().listContainers({ all: true, filters: { label } })).length
  }

  const ask = (port: number) => fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(5_000) })

  test('its containers and its route go, the warm ones too; the other environment misses no request', async () => {
    expect(await countContainers('main')).toBe(4)
    const spec = (await stage.api.call('GET', `/v1/apps/${app}`)).body.spec
    await put({ ...spec, environments: { side: spec.environments.side } })
    const others = stage.load(sidePort)
    const job = await stage.end(await stage.request({ kind: 'deploy', remove: true }))
    await expectNoneFailed(others, 100)
    expect(job).toMatchObject({ state: 'succeeded', result: { removed: 2 } })
    expect(await countContainers('main')).toBe(0)
    await expect(ask(stage.port)).rejects.toThrow()
    expect(await view('main')).toMatchObject({ desired: null, observed: null })
    expect(await countContainers('side')).toBe(2)
    expect((await ask(sidePort)).status).toBe(200)
  })

  test('declared again, a rollback brings back what served', async () => {
    const spec = (await stage.api.call('GET', `/v1/apps/${app}`)).body.spec
    await put({
      ...spec,
      environments: { ...spec.environments, main: { ...spec.environments.side, port: stage.port } },
    })
    const job = await stage.end(await stage.request({ kind: 'rollback', toRevision: 2 }))
    expect(job).toMatchObject({ state: 'succeeded', result: { revision: 2 } })
    expect((await ask(stage.port)).status).toBe(200)
  })

  test('the app is retired once nothing of it runs', async () => {
    const retire = () => stage.api.call('DELETE', `/v1/apps/${app}`)
    expect(await retire()).toMatchObject({ status: 409, body: { type: '/problems/in-use' } })
    for (const environment of ['main', 'side'])
      await stage.end(await stage.request({ kind: 'deploy', environment, remove: true }))
    expect(await retire()).toMatchObject({ status: 204 })
    expect((await countContainers('main')) + (await countContainers('side'))).toBe(0)
  })
})
