import type { EnvironmentView } from '@stevedore/contract'
import { lacks, openTestDocker } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StevedoreProcess } from '../../harness/stevedore-process.ts'
import { openRolloutStage, type RolloutStage, rolloutComponents } from './stage.ts'

/** A piece of work that goes on, once it is told to end, until there is a file. */
const longWork = 'trap "until [ -e /tmp/done ]; do sleep 1; done; exit 0" TERM; while :; do sleep 1 & wait $!; done'
const worker = {
  command: ['sh', '-c', longWork],
  stopTimeout: '10m',
  replicas: 2,
  resources: { limits: { memory: '48Mi' } },
}
const crashes = { ...worker, command: ['sh', '-c', 'echo "no queue"; exit 3'] }

describe.skipIf(lacks(...rolloutComponents))('an environment with a process beside web', () => {
  const docker = openTestDocker()
  let stage: RolloutStage
  let process: StevedoreProcess
  let app = ''

  beforeAll(async () => {
    stage = await openRolloutStage()
    process = await stage.startWorker()
    await stage.declare({ replicas: 1, processes: { worker } })
    app = (await stage.api.call('GET', '/v1/apps')).body.items[0].app
    expect(await stage.end(await stage.deploy())).toMatchObject({ state: 'succeeded', error: null })
  })
  afterAll(() => stage?.close())

  async function listWorkers(): Promise<{ id: string; revision: string; leaving: boolean }[]> {
    const filters = { label: [`io.stevedore.app=${app}`, 'io.stevedore.role=process'] }
    const found = await docker.listContainers({ filters })
    return found.map(({ Id, Names: [name = ''], Labels }) => {
      return { id: Id, revision: Labels['io.stevedore.revision'] ?? '', leaving: name.includes('-leaving-') }
    })
  }

  async function letEnd(): Promise<void> {
    const isTold = async () => (await listWorkers()).filter(({ leaving }) => leaving).length
    await expect.poll(isTold, { timeout: 60_000 }).toBe(2)
    for (const { id } of (await listWorkers()).filter(({ leaving }) => leaving)) {
      const made = await docker.getContainer(id).exec({ Cmd: ['touch', '/tmp/done'] })
      await made.start({ Detach: true })
    }
  }

  async function status(): Promise<EnvironmentView> {
    return (await stage.api.call('GET', `/v1/apps/${app}/environments/main`)).body
  }

  test('its replicas are told apart and counted', async () => {
    const { observed, replicas } = await status()
    const seen = observed?.replicas.map(({ process: of = 'web', revision, healthy }) => `${of} r${revision} ${healthy}`)
    expect(seen?.toSorted()).toEqual(['web r1 true', 'worker r1 true', 'worker r1 true'])
    expect(replicas).toEqual({ healthy: 3, desired: 3 })
    expect(observed?.drift).toEqual([])
  })

  test('a command of its own has the limits of the process that it names, and is none of its replicas', async () => {
    const script = 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; exit 0'
    const run = async (more: object) => {
      const body = { command: ['sh', '-c', script], ...more }
      const { body: job } = await stage.api.call('POST', `/v1/apps/${app}/environments/main/runs`, { body })
      expect(await stage.end(job.id)).toMatchObject({ state: 'succeeded', result: { revision: 1 } })
      return (await stage.api.call('GET', `/v1/jobs/${job.id}/logs`)).text
    }
    expect(await run({ process: 'worker' })).toContain(String(48 * 2 ** 20))
    expect(await run({})).not.toContain(String(48 * 2 ** 20))
    expect(await listWorkers()).toHaveLength(2)
  })

  test('a dry run says when it is replaced, and which containers come and go', async () => {
    await stage.declare({ replicas: 1, processes: { worker } })
    const { result } = await stage.end(await stage.deploy({ dryRun: true }))
    expect(result).toMatchObject({ notes: [expect.stringContaining('replaces its processes (worker)')] })
    const objects = (result as { changes: { action: string; object: string }[] }).changes.map(
      ({ action, object }) => `${action} ${object.replace(/^container .*_/, '')}`,
    )
    expect(objects).toEqual(
      expect.arrayContaining(['create worker-1', 'create worker-2', 'delete worker-1', 'delete worker-2']),
    )
  })

  test('a long piece of work survives the switch: the deploy waits for its end, also when its own worker is killed', async () => {
    const id = await stage.deploy()
    const isRolled = ({ type, data }: { type: string; data: Record<string, unknown> }) =>
      type === 'step.started' && /roll-processes r2/.test(String(data.name))
    await stage.until(id, isRolled)
    const isTold = async () => (await listWorkers()).filter(({ leaving }) => leaving).length
    await expect.poll(isTold, { timeout: 60_000 }).toBe(2)
    process.signal('SIGKILL')
    process = await stage.startWorker()
    expect((await stage.job(id)).state).not.toBe('succeeded')
    await letEnd()
    expect(await stage.end(id)).toMatchObject({ state: 'succeeded', result: { revision: 2 } })
    expect((await listWorkers()).map(({ revision }) => revision)).toEqual(['2', '2'])
  })

  test('one that does not come up returns the whole revision', async () => {
    await stage.declare({ replicas: 1, processes: { worker: crashes } })
    const { state, error } = await stage.end(await stage.deploy())
    expect({ state, error }).toMatchObject({ state: 'failed', error: { code: 'container-crashed' } })
    expect(error?.diagnosis).toContain('no queue')
    expect(error?.diagnosis).toContain('revision 2')
    expect((await listWorkers()).map(({ revision }) => revision)).toEqual(['2', '2'])
    expect((await status()).observed?.traffic).toEqual({ 2: 100 })
  })

  test('one that leaves the spec ends, and a rollback brings it back', async () => {
    await stage.declare({ replicas: 1 })
    const id = await stage.deploy()
    await letEnd()
    expect(await stage.end(id)).toMatchObject({ state: 'succeeded', error: null })
    expect(await listWorkers()).toEqual([])
    expect(await stage.end(await stage.request({ kind: 'rollback', toRevision: 2 }))).toMatchObject({
      state: 'succeeded',
    })
    expect((await listWorkers()).map(({ revision }) => revision)).toEqual(['2', '2'])
    expect((await status()).observed?.drift).toEqual([])
  })

  test('a removal ends all that there is', async () => {
    const id = await stage.request({ kind: 'deploy', remove: true })
    await letEnd()
    expect(await stage.end(id)).toMatchObject({ state: 'succeeded', error: null })
    expect(await listWorkers()).toEqual([])
  })
})
