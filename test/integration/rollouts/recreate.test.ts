import { lacks, openTestDocker } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StevedoreProcess } from '../../harness/stevedore-process.ts'
import { openRolloutStage, type RolloutStage, rolloutComponents } from './stage.ts'

const own = { replicas: 1, volumes: { data: { path: '/data', size: '1Gi' } } }

describe.skipIf(lacks(...rolloutComponents))('an environment on Docker that has data', () => {
  let stage: RolloutStage
  let worker: StevedoreProcess
  let app = ''

  beforeAll(async () => {
    stage = await openRolloutStage()
    worker = await stage.startWorker()
    await stage.declare(own)
    app = (await stage.api.call('GET', '/v1/apps')).body.items[0].app
    expect(await stage.end(await stage.deploy())).toMatchObject({ state: 'succeeded', error: null })
    expect((await ask('/write?text=one')).status).toBe(200)
  })
  afterAll(() => stage?.close())

  const ask = (path: string) => fetch(`http://127.0.0.1:${stage.port}${path}`, { signal: AbortSignal.timeout(5_000) })

  async function expectStored(revision: number): Promise<void> {
    const { status, headers } = await ask('/has?text=one')
    expect({ status, revision: headers.get('x-revision') }).toEqual({ status: 200, revision: String(revision) })
  }

  async function listVolumes(): Promise<string[]> {
    const filters = JSON.stringify({ label: [`io.stevedore.app=${app}`] })
    const { Volumes } = await openTestDocker().listVolumes({ filters })
    return (Volumes ?? []).map(({ Name }) => Name)
  }

  test('a dry run says that what runs is stopped first; the deploy says for how long nothing served', async () => {
    await stage.declare(own)
    const dry = await stage.end(await stage.deploy({ dryRun: true }))
    expect(dry.result).toMatchObject({ notes: [expect.stringContaining('stops the old before it starts the new')] })
    const { state, result } = await stage.end(await stage.deploy())
    expect({ state, result }).toMatchObject({ state: 'succeeded', result: { revision: 2, downMs: expect.any(Number) } })
    await expectStored(2)
  })

  test('what does not become healthy gives way to what served, with its data, and the job fails with the reason', async () => {
    await stage.declare(own, 'crash')
    const { state, error } = await stage.end(await stage.deploy())
    expect({ state, error }).toMatchObject({ state: 'failed', error: { code: 'container-crashed' } })
    await expectStored(2)
  })

  test('a worker that is killed between the stop and the start: another starts what was to come', async () => {
    await stage.declare(own)
    const id = await stage.deploy()
    await stage.until(id, ({ type, data }) => type === 'step.succeeded' && /scale-down/.test(String(data.name)))
    worker.signal('SIGKILL')
    worker = await stage.startWorker()
    expect(await stage.end(id)).toMatchObject({ state: 'succeeded', result: { revision: 4 } })
    await expectStored(4)
  })

  test('a rollback says what it does not turn back, and a removal what it leaves; the data goes when that is asked for', async () => {
    const back = await stage.end(await stage.request({ kind: 'rollback', toRevision: 1 }))
    expect(back).toMatchObject({ state: 'succeeded', result: { revision: 1, volumesKept: ['data'] } })
    await expectStored(1)
    const removed = await stage.end(await stage.request({ kind: 'deploy', remove: true }))
    expect(removed.result).toEqual({ removed: 1, volumesLeft: ['data'] })
    expect(await listVolumes()).toHaveLength(1)
    expect(await stage.end(await stage.request({ kind: 'rollback', toRevision: 2 }))).toMatchObject({
      state: 'succeeded',
    })
    await expectStored(2)
    await stage.end(await stage.request({ kind: 'deploy', remove: true }))
    const ended = await stage.end(await stage.request({ kind: 'deploy', remove: true, withData: true }))
    expect(ended.result).toMatchObject({ volumesRemoved: ['data'] })
    expect(await listVolumes()).toEqual([])
    const { body } = await stage.api.call('GET', `/v1/audit?app=${app}&action=environment.removed`)
    expect(body.items.at(-1).detail).toMatchObject({ volumesRemoved: ['data'] })
  })

  test('a client that keeps its connection is served once the deploy has ended, also where the new one is checked otherwise', async () => {
    const health = { path: '/', interval: '200ms', timeout: '2s', threshold: 2, deadline: '15s' }
    await stage.declare(own)
    expect(await stage.end(await stage.deploy())).toMatchObject({ state: 'succeeded', error: null })
    expect((await ask('/write?text=one')).status).toBe(200)
    await stage.declare({ ...own, health })
    expect(await stage.end(await stage.deploy())).toMatchObject({ state: 'succeeded', error: null })
    expect((await ask('/has?text=one')).status).toBe(200)
  })
})
