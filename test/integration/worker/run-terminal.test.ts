import type { JobView } from '@stevedore/contract'
import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { playBuild } from '../api/play-worker.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

const place = { app: 'shop', environment: 'staging' }
const address = '/v1/apps/shop/environments/staging/runs'
let stage: WorkerStage
let worker: { close(): Promise<void> }

beforeAll(async () => {
  stage = await openWorkerStage({ GRACE_MS: '1' })
  const processes = { queue: { command: ['work'] } }
  const services = { db: { image: `postgres@sha256:${'a'.repeat(64)}` } }
  const staging = { engine: 'docker', port: 8081, secrets: ['TOKEN'], processes, services }
  const schedules = { nightly: { at: '0 3 1 1 *', timezone: 'UTC', command: ['./report'] } }
  const environments = { staging: { ...staging, schedules } }
  const declared = await stage.api.call('PUT', '/v1/apps/shop', { body: { ...sampleSpec(), environments } })
  expect(declared.status, declared.text).toBeLessThan(300)
  await stage.api.call('PUT', '/v1/secrets/TOKEN?app=shop', { body: { value: 'open sesame!' } })
  await playBuild(stage.api)
  worker = await stage.startWorker()
  expect(await stage.run({ kind: 'deploy', ...place })).toMatchObject({ state: 'succeeded' })
})
afterAll(() => stage.close())

/** However busy the machine is. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 60_000 })
const terminal = { columns: 80, rows: 24 }
const ask = (body: object) => stage.api.call('POST', address, { body })

async function request(script: string, more: object = {}): Promise<JobView> {
  const answer = await ask({ command: ['sh', '-c', script], terminal, ...more })
  expect(answer.status, answer.text).toBe(202)
  return answer.body
}

const say = (id: string, body: object) => stage.api.call('POST', `/v1/jobs/${id}/terminal`, { body })
const type = (id: string, seq: number, text: string) => say(id, { seq, input: Buffer.from(text).toString('base64') })
const readLog = async (id: string) => (await stage.api.call('GET', `/v1/jobs/${id}/logs`)).text
const commands = () => stage.world.place(place).commands

/** All that was shown, once it has ended. */
async function readAll(id: string): Promise<string> {
  const { text } = await stage.api.call('GET', `/v1/jobs/${id}/terminal`)
  const pieces = [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data).output as string)
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece, 'base64'))).toString()
}

test('what is typed reaches a command in a container of its own, what it shows comes back, and nothing of it is left', async () => {
  const { id } = await request('echo $TOKEN; sleep 600', { process: 'queue' })
  await say(id, { size: { columns: 100, rows: 30 } })
  const shown = readAll(id)
  await type(id, 1, 'a')
  await eventually(() => readLog(id)).toContain('***')
  await type(id, 2, 'q')
  expect(await stage.end(id)).toMatchObject({
    ...{ kind: 'run', state: 'failed', error: { code: 'command-failed' } },
    result: { exitCode: 7, revision: 1, version: '1.0.0' },
  })
  expect((await shown).replace(/\(\d+x\d+\)/g, '')).toMatch(/^open sesame!\r\n(\[a\]\[q\]|\[aq\])$/)
  expect(await readLog(id)).not.toContain('sesame')
  expect(commands().size).toBe(0)
  expect(await type(id, 3, 'x')).toMatchObject({ status: 409 })
})

test('who is gone has the command ended and removed, and for who never came nothing is made', async () => {
  const { id } = await request('echo begun; sleep 600')
  await say(id, { size: terminal })
  await eventually(() => readLog(id)).toContain('begun')
  await stage.api.ledger.pool.query("update terminals set wanted_until = now() - interval '1 second'")
  expect(await stage.end(id)).toMatchObject({ state: 'failed', error: { code: 'client-gone' }, result: null })
  expect(commands().size).toBe(0)
  const make = vi.spyOn(stage.engines.deploy.docker, 'startCommand')
  const never = await request('echo begun')
  expect(await stage.end(never.id)).toMatchObject({ state: 'failed', error: { code: 'client-gone' } })
  expect(make).not.toHaveBeenCalled()
  make.mockRestore()
}, 60_000)

test('a cancel and the time limit end it', async () => {
  const cancelled = await request('echo begun; sleep 600')
  await say(cancelled.id, { size: terminal })
  await eventually(() => readLog(cancelled.id)).toContain('begun')
  await stage.api.call('POST', `/v1/jobs/${cancelled.id}/cancel`)
  expect(await stage.end(cancelled.id)).toMatchObject({ state: 'cancelled' })
  const late = await request('sleep 600', { timeout: '1s' })
  await say(late.id, { size: terminal })
  expect(await stage.end(late.id)).toMatchObject({ state: 'failed', error: { code: 'deadline-exceeded' } })
  expect(commands().size).toBe(0)
})

test('a worker that ends costs the session, which is told; what was made alone is begun by the next worker', async () => {
  const { id } = await request('echo begun; sleep 600')
  await say(id, { size: terminal })
  const shown = readAll(id)
  await eventually(() => readLog(id)).toContain('begun')
  await worker.close()
  worker = await stage.startWorker()
  expect(await stage.end(id)).toMatchObject({ state: 'failed', error: { code: 'command-lost' } })
  expect((await shown).match(/begun/g)).toHaveLength(1)
  const follow = vi.spyOn(stage.engines.deploy.docker, 'followCommand')
  follow.mockImplementation(
    (_place, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  )
  const made = await request('echo begun; sleep 600')
  await say(made.id, { size: terminal })
  await eventually(() => follow.mock.calls.length).toBe(1)
  await worker.close()
  follow.mockRestore()
  worker = await stage.startWorker()
  await say(made.id, {})
  await type(made.id, 1, 'q')
  expect(await stage.end(made.id)).toMatchObject({ attempt: 2, result: { exitCode: 7 } })
  expect(commands().size).toBe(0)
})

test('a process that is not there, a companion, and what belongs to a schedule are refused with their paths', async () => {
  const pathOf = async (body: object) => {
    const { status, body: problem } = await ask(body)
    expect(status, JSON.stringify(body)).toBe(422)
    return (problem.faults as { path: string[] }[]).map(({ path }) => path.join('.')).join()
  }
  const command = ['sh']
  expect(await pathOf({ command, process: 'queu' })).toBe('process')
  expect(await pathOf({ command, process: 'db' })).toBe('process')
  expect(await pathOf({ command, terminal: { columns: 0, rows: 24 } })).toBe('terminal.columns')
  expect(await pathOf({ schedule: 'nightly', terminal, process: 'queue', timeout: '1m' })).toBe(
    'timeout,process,terminal',
  )
  const viewer = await stage.api.createToken('viewer')
  expect(await stage.api.call('POST', address, { body: { command, terminal }, token: viewer })).toMatchObject({
    status: 403,
  })
})
