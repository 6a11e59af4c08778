import { lacks, openTestDocker } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRolloutStage, type RolloutStage, rolloutComponents } from './stage.ts'

const worker = { command: ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done'], replicas: 1 }
const terminal = { columns: 80, rows: 24 }

describe.skipIf(lacks(...rolloutComponents))('kill -9 of a worker in the middle of a command', () => {
  const docker = openTestDocker()
  let stage: RolloutStage
  let address = ''
  let app = ''

  beforeAll(async () => {
    stage = await openRolloutStage()
    await stage.startWorker()
    await stage.declare({ replicas: 1, processes: { worker } })
    app = (await stage.api.call('GET', '/v1/apps')).body.items[0].app
    address = `/v1/apps/${app}/environments/main`
    expect(await stage.end(await stage.deploy())).toMatchObject({ state: 'succeeded' })
  })
  afterAll(() => stage?.close())

  async function ask(path: 'execs' | 'runs', script: string, more: object = {}): Promise<string> {
    const body = { command: ['sh', '-c', script], ...more }
    const answer = await stage.api.call('POST', `${address}/${path}`, { body })
    expect(answer.status, answer.text).toBe(202)
    return answer.body.id
  }

  const readLog = async (id: string) => (await stage.api.call('GET', `/v1/jobs/${id}/logs`)).text
  const exec = async (script: string) => {
    const id = await ask('execs', script, { process: 'worker' })
    await stage.end(id)
    return readLog(id)
  }

  /** Whoever has the job is killed once this is in its log, and another worker takes over. @param keep is called meanwhile */
  async function killIn(id: string, keep: () => Promise<unknown> = async () => {}) {
    const look = async <T>(read: () => Promise<T>) => {
      await keep()
      return read()
    }
    const patient = { timeout: 60_000, interval: 500 }
    await expect.poll(() => look(() => readLog(id)), patient).toContain('begun')
    stage.killWorkers()
    await stage.startWorker()
    await expect.poll(() => look(async () => (await stage.job(id)).state), patient).toBe('failed')
    return stage.job(id)
  }

  test('one inside a replica is ended by the next worker, told of as lost, and never begun again', async () => {
    const id = await ask('execs', 'echo x >> /tmp/begun; echo begun; sleep 654', { process: 'worker' })
    expect(await killIn(id)).toMatchObject({ error: { code: 'command-lost' }, attempt: 2, losses: 1, result: null })
    expect(await exec('wc -l < /tmp/begun; ps | grep -c "[s]leep 654"')).toMatch(/^\s*1\s+0\s*(?:\n|$)/m)
  })

  test('one with a terminal is removed by the next worker, told of as lost, and never begun again', async () => {
    const id = await ask('runs', 'echo begun; sleep 654', { terminal })
    const sit = () => stage.api.call('POST', `/v1/jobs/${id}/terminal`, { body: {} })
    expect(await killIn(id, sit)).toMatchObject({ error: { code: 'command-lost' }, losses: 1, result: null })
    const filters = { label: [`io.stevedore.job=${id}`] }
    expect(await docker.listContainers({ all: true, filters })).toEqual([])
    expect((await readLog(id)).match(/begun/g)).toHaveLength(1)
  })
})
