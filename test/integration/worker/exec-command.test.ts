import { FailureError, type JobView } from '@stevedore/contract'
import { listAudit } from '@stevedore/ledger'
import { sampleSpec, waitForJob } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { playBuild } from '../api/play-worker.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

const place = { app: 'shop', environment: 'staging' }
const address = '/v1/apps/shop/environments/staging/execs'
let stage: WorkerStage
let worker: { close(): Promise<void> }

const processes = { queue: { command: ['./work'], replicas: 1 } }

beforeAll(async () => {
  stage = await openWorkerStage({ GRACE_MS: '1' })
  const db = { image: `postgres@sha256:${'a'.repeat(64)}`, env: { LEVEL: 'debug' }, secrets: ['DB_PASSWORD'] }
  const own = { env: { GREETING: 'hello' }, secrets: ['TOKEN'], processes, services: { db } }
  const staging = { engine: 'docker', port: 8081, ...own }
  await stage.api.call('PUT', '/v1/apps/shop', { body: { ...sampleSpec(), environments: { staging } } })
  await stage.api.call('PUT', '/v1/secrets/TOKEN?app=shop', { body: { value: 'open sesame!' } })
  await stage.api.call('PUT', '/v1/secrets/DB_PASSWORD?app=shop', { body: { value: 'correct horse' } })
  await playBuild(stage.api)
  worker = await stage.startWorker()
})
afterAll(() => stage.close())

async function request(script: string, more: object = {}): Promise<string> {
  const body = { command: ['sh', '-c', script], timeout: '1m', ...more }
  const answer = await stage.api.call('POST', address, { body })
  expect(answer.status, answer.text).toBe(202)
  return answer.body.id
}

const exec = async (script: string, more?: object): Promise<JobView> => stage.end(await request(script, more))
const readLog = async (id: string) => (await stage.api.call('GET', `/v1/jobs/${id}/logs`)).text
const awaitOutput = (id: string, text: string) => expect.poll(() => readLog(id), { timeout: 30_000 }).toContain(text)
const inside = () => [...stage.world.place(place).commands.values()].map((one) => one.inside)

test('where nothing runs, or for what cannot be, nothing is recorded', async () => {
  const ask = async (body: object, path = address) => (await stage.api.call('POST', path, { body })).body
  expect(await ask({ command: ['true'] })).toMatchObject({ type: '/problems/conflict' })
  expect(await ask({ command: ['true'] }, address.replace('staging', 'nowhere'))).toMatchObject({ status: 404 })
  expect(await stage.run({ kind: 'deploy', ...place })).toMatchObject({ state: 'succeeded' })
  const command = ['true']
  const faulty = [
    ...[{}, { command: [] }, { command: 'rm -rf /' }, { command: ['a'], schedule: 'nightly' }],
    ...[
      { command, timeout: '25h' },
      { command, in: 'replica' },
      { command, process: 'Web' },
    ],
    ...[
      { command, replica: '-x' },
      { command, replica: 'a b' },
      { command, replica: 'x'.repeat(254) },
    ],
  ]
  for (const body of faulty) expect(await ask(body), JSON.stringify(body)).toMatchObject({ status: 422 })
  const unknown = await ask({ command, process: 'queu' })
  expect(unknown.faults).toMatchObject([{ path: ['process'], message: expect.stringContaining('queue') }])
})

test('only who has the right for it runs a command inside a replica', async () => {
  const body = { command: ['true'] }
  for (const role of ['viewer', 'approver'] as const) {
    const token = await stage.api.createToken(role)
    expect(await stage.api.call('POST', address, { body, token })).toMatchObject({ status: 403 })
  }
  const token = await stage.api.createToken('deployer')
  expect(await stage.api.call('POST', address, { body, token })).toMatchObject({ status: 202 })
})

test('a command runs inside a replica that runs: its log is masked, its exit status and the replica are told', async () => {
  const done = await exec('echo $GREETING with $TOKEN')
  const result = { exitCode: 0, revision: 1, version: '1.0.0', replica: 'r1-1' }
  expect(done).toMatchObject({ kind: 'run', state: 'succeeded', result, request: { in: 'replica' } })
  expect(await readLog(done.id)).toBe('in r1-1\nhello with ***\n')
  const failed = await exec('exit 3', { process: 'queue', replica: 'r1_queue-1' })
  expect(failed).toMatchObject({
    state: 'failed',
    result: { exitCode: 3, replica: 'r1_queue-1' },
    error: { code: 'command-failed' },
  })
  const [entry] = await listAudit(stage.api.ledger, { ...place, action: 'job.requested', jobId: failed.id, limit: 5 })
  expect(entry?.detail).toMatchObject({ kind: 'run', request: { in: 'replica', process: 'queue' } })
  const { body } = await stage.api.call('POST', `/v1/jobs/${failed.id}/retry`)
  expect(body).toMatchObject({ status: 409, detail: expect.stringContaining('stevedore exec shop staging') })
})

test('a command runs inside a companion as in a process: it has what that has, and no replica is named', async () => {
  const done = await exec('echo $LEVEL with $DB_PASSWORD and $TOKEN', { process: 'db' })
  expect(done).toMatchObject({ state: 'succeeded', result: { exitCode: 0, revision: 1, replica: 'db' } })
  expect(await readLog(done.id)).toBe('in db\ndebug with *** and \n')
  const named = await stage.api.call('POST', address, { body: { command: ['true'], process: 'db', replica: 'r1-1' } })
  expect(named).toMatchObject({ status: 422, body: { faults: [{ path: ['replica'] }] } })
  expect(named.text).toContain('one container alone')
  const id = await request('echo begun; sleep 600', { process: 'db' })
  await awaitOutput(id, 'begun')
  expect(inside()).toEqual(['db'])
  expect(await stage.api.call('POST', `/v1/jobs/${id}/cancel`)).toMatchObject({ status: 202 })
  expect(await stage.end(id)).toMatchObject({ state: 'cancelled' })
  expect(inside()).toEqual([])
  stage.world.place(place).services.delete('db')
  expect(await exec('exit 0', { process: 'db' })).toMatchObject({
    state: 'failed',
    error: { code: 'replica-missing', diagnosis: 'the companion db does not run: it is not there' },
  })
})

test('what does not run is told with what does', async () => {
  const failed = await exec('exit 0', { replica: 'r1_queue-1' })
  expect(failed).toMatchObject({ state: 'failed', result: null, error: { code: 'replica-missing' }, failures: 1 })
  expect(failed.error?.diagnosis).toContain('r1-1 (running)')
})

test('a cancel and a limit end the command in the replica, which goes on', async () => {
  const id = await request('echo begun; sleep 600')
  await awaitOutput(id, 'begun')
  expect(inside()).toEqual(['r1-1'])
  expect(await stage.api.call('POST', `/v1/jobs/${id}/cancel`)).toMatchObject({ status: 202 })
  expect(await stage.end(id)).toMatchObject({ state: 'cancelled' })
  expect(inside()).toEqual([])
  expect(await exec('sleep 600', { timeout: '1s' })).toMatchObject({
    state: 'failed',
    error: { code: 'deadline-exceeded', diagnosis: 'the command did not end within 1s' },
  })
  expect(inside()).toEqual([])
})

test('what cannot be ended is said in the log', async () => {
  const end = vi.spyOn(stage.engines.deploy.docker, 'endExec').mockResolvedValue('the image has no sh')
  const id = await request('echo begun; sleep 600')
  await awaitOutput(id, 'begun')
  await stage.api.call('POST', `/v1/jobs/${id}/cancel`)
  expect(await stage.end(id)).toMatchObject({ state: 'cancelled' })
  expect(await readLog(id)).toContain('the command may go on in r1-1: the image has no sh')
  end.mockRestore()
  stage.world.place(place).commands.clear()
})

test('an engine that goes away in the middle costs the command and no second begin', async () => {
  const begin = vi
    .spyOn(stage.engines.deploy.docker, 'execCommand')
    .mockRejectedValueOnce(new FailureError('engine-unreachable', { diagnosis: 'socket hang up' }))
  const failed = await exec('echo begun')
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'command-lost' }, failures: 1 })
  expect(failed.error?.diagnosis).toContain('socket hang up')
  expect(begin).toHaveBeenCalledTimes(1)
  begin.mockRestore()
})

test('another worker ends what a lost one began, never begins it again, and says that its end is not known', async () => {
  const begin = vi.spyOn(stage.engines.deploy.docker, 'execCommand')
  const id = await request('echo begun; sleep 600')
  await awaitOutput(id, 'begun')
  await worker.close()
  await waitForJob(stage.api.ledger, id, ({ state }) => state === 'queued')
  expect(inside()).toEqual(['r1-1'])
  worker = await stage.startWorker()
  expect(await stage.end(id)).toMatchObject({
    state: 'failed',
    error: { code: 'command-lost' },
    attempt: 2,
    result: null,
  })
  expect(inside()).toEqual([])
  expect(begin).toHaveBeenCalledTimes(1)
  begin.mockRestore()
})

test('a deploy in the middle is told as that', async () => {
  const id = await request('echo begun; sleep 600')
  await awaitOutput(id, 'begun')
  expect(await stage.run({ kind: 'deploy', ...place })).toMatchObject({ state: 'succeeded', result: { revision: 2 } })
  expect(await stage.end(id)).toMatchObject({ state: 'failed', error: { code: 'replica-gone' } })
})

test('where a deploy is approved, a command inside a replica is too', async () => {
  const staging = { engine: 'docker', port: 8081, approval: 'required', selfApproval: true }
  await stage.api.call('PUT', '/v1/apps/shop', { body: { ...sampleSpec(), environments: { staging } } })
  const id = await request('echo approved')
  expect((await stage.api.call('GET', `/v1/jobs/${id}`)).body).toMatchObject({ waitingFor: 'approval', place: null })
  expect(await stage.api.call('POST', `/v1/jobs/${id}/approve`)).toMatchObject({ status: 202 })
  expect(await stage.end(id)).toMatchObject({ state: 'succeeded', result: { replica: 'r2-1' } })
})
