import type { JobView } from '@stevedore/contract'
import { listAudit } from '@stevedore/ledger'
import { sampleSpec, waitForJob } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { playBuild } from '../api/play-worker.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

const place = { app: 'shop', environment: 'staging' }
const address = '/v1/apps/shop/environments/staging/runs'
let stage: WorkerStage
let worker: { close(): Promise<void> }

beforeAll(async () => {
  stage = await openWorkerStage({ GRACE_MS: '1' })
  const staging = { engine: 'docker', port: 8081, env: { GREETING: 'hello' }, secrets: ['TOKEN'] }
  const environments = { staging }
  await stage.api.call('PUT', '/v1/apps/shop', { body: { ...sampleSpec(), environments } })
  await stage.api.call('PUT', '/v1/secrets/TOKEN?app=shop', { body: { value: 'open sesame!' } })
  await playBuild(stage.api)
  worker = await stage.startWorker()
})
afterAll(() => stage.close())

async function request(script: string, timeout = '1m'): Promise<string> {
  const { status, body, text } = await stage.api.call('POST', address, {
    body: { command: ['sh', '-c', script], timeout },
  })
  expect(status, text).toBe(202)
  return body.id
}

const run = async (script: string): Promise<JobView> => stage.end(await request(script))
const commands = () => stage.world.place(place).commands
/** Follows its output until this is there. */
const awaitOutput = (id: string, text: string) =>
  expect
    .poll(async () => (await stage.api.call('GET', `/v1/jobs/${id}/logs`)).text, { timeout: 30_000 })
    .toContain(text)

test('row 103: where nothing runs nothing can be run, and what is no command is refused', async () => {
  const ask = async (body: object, path = address) => (await stage.api.call('POST', path, { body })).body
  expect(await ask({ command: ['true'] })).toMatchObject({ type: '/problems/conflict' })
  expect(await ask({ command: ['true'] }, address.replace('staging', 'nowhere'))).toMatchObject({ status: 404 })
  expect(await stage.run({ kind: 'deploy', ...place })).toMatchObject({ state: 'succeeded' })
  const faulty = [
    ...[{}, { command: [] }, { command: 'rm -rf /' }, { command: [''] }, { command: ['a\0b'] }, { command: ['x', 7] }],
    ...[{ command: Array.from({ length: 65 }, () => 'x') }, { command: ['x'.repeat(4_097)] }],
    ...[
      { command: ['x'], timeout: '0s' },
      { command: ['x'], timeout: '25h' },
      { command: ['x'], kind: 'deploy' },
    ],
  ]
  for (const body of faulty) expect(await ask(body), JSON.stringify(body)).toMatchObject({ status: 422 })
  expect(await ask({ kind: 'run', ...place, command: ['x'] }, '/v1/jobs')).toMatchObject({ status: 422 })
})

test('a command runs in the current revision, its secrets are masked, and its exit status is told', async () => {
  const done = await run('echo $GREETING with $TOKEN')
  const result = { exitCode: 0, revision: 1, version: '1.0.0' }
  expect(done).toMatchObject({ kind: 'run', state: 'succeeded', result, specVersion: 1 })
  expect((await stage.api.call('GET', `/v1/jobs/${done.id}/logs`)).text).toBe('hello with ***\n')
  const failed = await run('exit 3')
  expect(failed).toMatchObject({ state: 'failed', result: { exitCode: 3 }, error: { code: 'command-failed' } })
  expect(commands().size).toBe(0)
  const [entry] = await listAudit(stage.api.ledger, { ...place, action: 'job.requested', jobId: failed.id, limit: 5 })
  expect(entry?.detail).toMatchObject({ kind: 'run', request: { command: ['sh', '-c', 'exit 3'] } })
  const { body } = await stage.api.call('GET', `/v1/jobs/${failed.id}`)
  expect(body.verbs).toEqual([])
  expect(await stage.api.call('POST', `/v1/jobs/${failed.id}/retry`)).toMatchObject({ status: 409 })
})

test('a deploy does not wait for it, and a cancel ends it and leaves nothing', async () => {
  const id = await request('echo begun; sleep 600')
  await awaitOutput(id, 'begun')
  expect(await stage.run({ kind: 'deploy', ...place })).toMatchObject({ state: 'succeeded', result: { revision: 2 } })
  expect(await stage.api.call('POST', `/v1/jobs/${id}/cancel`)).toMatchObject({ status: 202 })
  expect(await stage.end(id)).toMatchObject({ state: 'cancelled' })
  expect(commands().size).toBe(0)
})

test('one that takes too long is ended', async () => {
  expect(await stage.end(await request('sleep 600', '1s'))).toMatchObject({
    state: 'failed',
    error: { code: 'deadline-exceeded', diagnosis: 'the command did not end within 1s' },
  })
  expect(commands().size).toBe(0)
})

test('another worker follows what a lost one began, and nobody begins it a second time', async () => {
  const begin = vi.spyOn(stage.engines.deploy.docker, 'startCommand')
  const ids = [await request('echo begun; sleep 600'), await request('echo begun; sleep 600')] as const
  for (const id of ids) await awaitOutput(id, 'begun')
  await worker.close()
  for (const id of ids) await waitForJob(stage.api.ledger, id, ({ state }) => state === 'queued')
  const [followed, gone] = ids
  commands().delete(gone)
  commands().set(followed, { lines: ['ended'], exitCode: 0 })
  worker = await stage.startWorker()
  expect(await stage.end(followed)).toMatchObject({ state: 'succeeded', attempt: 2, losses: 0 })
  expect(await stage.end(gone)).toMatchObject({ state: 'failed', error: { code: 'command-lost' }, result: null })
  expect(begin).toHaveBeenCalledTimes(2)
  begin.mockRestore()
})

test('where a deploy is approved, a command is too', async () => {
  const staging = { engine: 'docker', port: 8081, approval: 'required', selfApproval: true }
  await stage.api.call('PUT', '/v1/apps/shop', { body: { ...sampleSpec(), environments: { staging } } })
  const id = await request('echo approved')
  expect((await stage.api.call('GET', `/v1/jobs/${id}`)).body).toMatchObject({ waitingFor: 'approval', place: null })
  expect(commands().size).toBe(0)
  expect(await stage.api.call('POST', `/v1/jobs/${id}/approve`)).toMatchObject({ status: 202 })
  expect(await stage.end(id)).toMatchObject({ state: 'succeeded', result: { exitCode: 0 } })
})
