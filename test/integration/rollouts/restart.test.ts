import type { EnvironmentView, JobDetailView } from '@stevedore/contract'
import { lacks, openTestDocker } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StevedoreProcess } from '../../harness/stevedore-process.ts'
import { expectNoneFailed, openRolloutStage, type RolloutStage, rolloutComponents } from './stage.ts'

const worker = { command: ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done'], replicas: 1 }

describe.skipIf(lacks(...rolloutComponents))('what runs under constant load', () => {
  const docker = openTestDocker()
  let stage: RolloutStage
  let process: StevedoreProcess
  let app = ''

  beforeAll(async () => {
    stage = await openRolloutStage()
    process = await stage.startWorker()
    await stage.declare({ processes: { worker } })
    app = (await stage.api.call('GET', '/v1/apps')).body.items[0].app
    expect(await stage.end(await stage.deploy())).toMatchObject({ state: 'succeeded', error: null })
  })
  afterAll(() => stage?.close())

  /** Ids of containers, by `web r1`. */
  async function listRunning(): Promise<Record<string, string[]>> {
    const found = await docker.listContainers({ filters: { label: [`io.stevedore.app=${app}`] } })
    const named = found.map(({ Id, Labels }) => {
      return { id: Id, name: `${Labels['io.stevedore.process'] ?? 'web'} r${Labels['io.stevedore.revision']}` }
    })
    const groups = Object.groupBy(named, ({ name }) => name)
    return Object.fromEntries(Object.entries(groups).map(([name, all = []]) => [name, all.map(({ id }) => id)]))
  }

  async function count(): Promise<Record<string, number>> {
    return Object.fromEntries(Object.entries(await listRunning()).map(([name, ids]) => [name, ids.length]))
  }

  async function status(): Promise<EnvironmentView> {
    return (await stage.api.call('GET', `/v1/apps/${app}/environments/main`)).body
  }

  async function doUnderLoad(work: () => Promise<JobDetailView>): Promise<JobDetailView> {
    const load = stage.load()
    const job = await work()
    await expectNoneFailed(load)
    return job
  }

  const isStep = (name: RegExp) => (event: { type: string; data: Record<string, unknown> }) =>
    event.type === 'step.started' && name.test(String(event.data.name))

  test('a restart replaces each replica, and no request fails', async () => {
    const job = await doUnderLoad(async () => stage.end(await stage.request({ kind: 'deploy', restart: true })))
    expect(job).toMatchObject({ state: 'succeeded', result: { revision: 2, traffic: { 2: 100 } } })
    expect(await count()).toEqual({ 'web r2': 2, 'worker r2': 1 })
    expect((await status()).observed?.drift).toEqual([])
  })

  test('a restart of one process replaces that alone', async () => {
    const { 'web r2': web, 'worker r2': former } = await listRunning()
    const job = await doUnderLoad(async () =>
      stage.end(await stage.request({ kind: 'deploy', restart: true, process: 'worker' })),
    )
    expect(job).toMatchObject({ state: 'succeeded', result: { revision: 2 } })
    expect(await count()).toEqual({ 'web r2': 2, 'worker r2': 1 })
    const now = await listRunning()
    expect(now['web r2']?.toSorted()).toEqual(web?.toSorted())
    expect(now['worker r2']).not.toEqual(former)
    expect((await status()).observed?.drift).toEqual([])
  })

  test('a restart of web alone replaces each of its replicas, and no request fails', async () => {
    const { 'web r2': former, 'worker r2': others } = await listRunning()
    const job = await doUnderLoad(async () =>
      stage.end(await stage.request({ kind: 'deploy', restart: true, process: 'web' })),
    )
    expect(job).toMatchObject({ state: 'succeeded', result: { revision: 2, traffic: { 2: 100 } } })
    expect(await count()).toEqual({ 'web r2': 2, 'worker r2': 1 })
    const now = await listRunning()
    expect(now['web r2']?.filter((id) => former?.includes(id))).toEqual([])
    expect(now['worker r2']).toEqual(others)
    expect((await status()).observed?.drift).toEqual([])
  })

  test('more replicas serve, fewer are drained, what stays is not replaced, and nothing of it is drift', async () => {
    const before = Object.values(await listRunning()).flat()
    const scale = (counts: object) => stage.request({ kind: 'deploy', scale: counts })
    const more = await doUnderLoad(async () => stage.end(await scale({ web: 4, worker: 3 })))
    expect(more).toMatchObject({ state: 'succeeded', result: { revision: 2 } })
    expect(await count()).toEqual({ 'web r2': 4, 'worker r2': 3 })
    expect(Object.values(await listRunning()).flat()).toEqual(expect.arrayContaining(before))
    const { observed, replicas } = await status()
    expect({ drift: observed?.drift, replicas }).toEqual({ drift: [], replicas: { healthy: 7, desired: 7 } })
    const fewer = await doUnderLoad(async () => stage.end(await scale({ web: 1, worker: 0 })))
    expect(fewer).toMatchObject({ state: 'succeeded', error: null })
    expect(await count()).toEqual({ 'web r2': 1 })
    expect((await status()).observed?.drift).toEqual([])
  })

  test('a worker that is killed half way is taken up by another', async () => {
    const job = await doUnderLoad(async () => {
      const id = await stage.request({ kind: 'deploy', scale: { web: 3, worker: 2 } })
      await stage.until(id, isStep(/^scale-up r2 to 3/))
      process.signal('SIGKILL')
      process = await stage.startWorker()
      return stage.end(id)
    })
    expect(job).toMatchObject({ state: 'succeeded', losses: 1 })
    expect(await count()).toEqual({ 'web r2': 3, 'worker r2': 2 })
  })

  test('the next deploy has the counts of the spec', async () => {
    const { result } = await stage.end(await stage.deploy({ dryRun: true }))
    const note = 'ends the scale that was asked for: web from 3 to 2, worker from 2 to 1 replicas, as the spec says'
    expect(result).toMatchObject({ notes: expect.arrayContaining([note]) })
    expect(await doUnderLoad(async () => stage.end(await stage.deploy()))).toMatchObject({
      state: 'succeeded',
      error: null,
    })
    expect(await count()).toEqual({ 'web r3': 2, 'worker r3': 1 })
    expect((await status()).desired?.scale).toBeNull()
  })
})
