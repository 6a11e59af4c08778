import { type DeployRequest, FailureError } from '@stevedore/contract'
import { listAudit } from '@stevedore/ledger'
import { sampleSpec, waitForJob } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { playBuild } from '../api/play-worker.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

let stage: WorkerStage

beforeAll(async () => {
  stage = await openWorkerStage()
  // What builds is played: no worker is to be quicker.
  await stage.startWorker({ WORKER_KINDS: 'push,deploy,rollback,run' })
})
afterAll(() => stage.close())

const processes = { worker: { command: ['work'], replicas: 2 }, mailer: { command: ['mail'] } }

const place = (app: string) => ({ app, environment: 'staging' })
const read = async (app: string, more = '') =>
  (await stage.api.call('GET', `/v1/apps/${app}/environments/staging${more}`)).body
const request = (app: string, more: Partial<DeployRequest> = {}): DeployRequest => ({
  kind: 'deploy' as const,
  ...place(app),
  ...more,
})
const scale = (app: string, counts: Record<string, number>) => stage.run(request(app, { scale: counts }))

/** An app of its own; its `staging` has these settings beside the usual ones. */
async function declare(app: string, more: object = {}): Promise<void> {
  const spec = sampleSpec(app)
  const environments = { ...spec.environments, staging: { ...spec.environments?.staging, ...more } }
  const { status, text } = await stage.api.call('PUT', `/v1/apps/${app}`, { body: { ...spec, environments } })
  expect(status, text).toBeLessThan(300)
}

async function deployFirst(app: string, more: object = { processes }): Promise<void> {
  await declare(app, more)
  await playBuild(stage.api, { app })
  expect(await stage.run(request(app))).toMatchObject({ state: 'succeeded', result: { revision: 1 } })
}

/** `web r1` for each replica. */
function listRunning(app: string): string[] {
  const { replicas } = stage.world.place(place(app))
  return replicas.map(({ process = 'web', revision }) => `${process} r${revision}`).toSorted()
}

const times = (count: number, name: string) => Array.from({ length: count }, () => name)

test('more of one process, fewer of web, and what stays is not touched', async () => {
  await deployFirst('shop')
  const before = [...stage.world.place(place('shop')).replicas]
  const job = await scale('shop', { worker: 4, web: 1 })
  expect(job).toMatchObject({ state: 'succeeded', progress: 100, result: { revision: 1, traffic: { 1: 100 } } })
  expect(listRunning('shop')).toEqual(['mailer r1', 'web r1', ...times(4, 'worker r1')])
  const { replicas } = stage.world.place(place('shop'))
  expect(before.filter((one) => !replicas.includes(one)).map(({ process }) => process)).toEqual([undefined])
  const view = await read('shop')
  expect(view.desired).toMatchObject({
    ...{ number: 1, scale: { worker: 4, web: 1 } },
    settings: { replicas: 1, processes: { worker: { replicas: 4 }, mailer: { replicas: 1 } } },
  })
  expect(view.replicas).toEqual({ healthy: 6, desired: 6 })
  const [entry] = (await listAudit(stage.api.ledger, { app: 'shop', limit: 100 })).filter(
    ({ action }) => action === 'revision.scaled',
  )
  expect(entry?.detail).toMatchObject({ number: 1, scale: { worker: 4, web: 1 } })
})

test('counts add up, 0 ends a process, and more of web are served', async () => {
  await deployFirst('sums')
  await scale('sums', { web: 3 })
  expect(await scale('sums', { mailer: 0 })).toMatchObject({ state: 'succeeded' })
  expect(listRunning('sums')).toEqual([...times(3, 'web r1'), ...times(2, 'worker r1')])
  expect((await read('sums')).desired.scale).toEqual({ web: 3, mailer: 0 })
  expect(await scale('sums', { mailer: 1 })).toMatchObject({ state: 'succeeded' })
  expect(listRunning('sums')).toContain('mailer r1')
})

test('a restart keeps it; a deploy goes back to the spec, and its dry run and its log say so', async () => {
  await deployFirst('kept')
  await scale('kept', { worker: 4 })
  expect(await stage.run(request('kept', { restart: true }))).toMatchObject({ state: 'succeeded' })
  expect(listRunning('kept').filter((name) => name === 'worker r2')).toHaveLength(4)
  expect((await read('kept')).desired.scale).toEqual({ worker: 4 })
  const { result } = await stage.run(request('kept', { dryRun: true }))
  const words = 'ends the scale that was asked for: worker from 4 to 2 replicas, as the spec says'
  expect(result).toMatchObject({ notes: expect.arrayContaining([words]) })
  const job = await stage.run(request('kept'))
  expect(job).toMatchObject({ state: 'succeeded', result: { revision: 3 } })
  expect((await stage.api.call('GET', `/v1/jobs/${job.id}/logs`)).text).toContain(words)
  expect(listRunning('kept').filter((name) => name === 'worker r3')).toHaveLength(2)
  expect((await read('kept')).desired.scale).toBeNull()
  await stage.run({ kind: 'rollback', ...place('kept') })
  expect(await read('kept')).toMatchObject({ desired: { number: 2, scale: { worker: 4 } } })
  expect(listRunning('kept').filter((name) => name === 'worker r2')).toHaveLength(4)
})

test('a deploy that fails returns to the scaled counts', async () => {
  await deployFirst('turned')
  await scale('turned', { worker: 3, web: 1 })
  await declare('turned', { processes, env: { BEHAVIOUR: 'crash' } })
  expect((await stage.run(request('turned'))).state).toBe('failed')
  expect(listRunning('turned')).toEqual(['mailer r1', 'web r1', ...times(3, 'worker r1')])
})

test('a count that is not reached is taken back', async () => {
  await deployFirst('short')
  const { rollProcesses } = stage.engines.deploy.docker
  let calls = 0
  stage.engines.deploy.docker.rollProcesses = (...given) =>
    calls++ === 0 ? Promise.reject(new FailureError('quota-exceeded')) : rollProcesses(...given)
  const job = await scale('short', { web: 4, worker: 9 })
  stage.engines.deploy.docker.rollProcesses = rollProcesses
  expect(job).toMatchObject({ state: 'failed', error: { code: 'quota-exceeded' } })
  expect(job.error?.diagnosis).toContain('Traffic: revision 1 100%.')
  expect(listRunning('short')).toEqual(['mailer r1', ...times(2, 'web r1'), ...times(2, 'worker r1')])
  expect((await read('short')).desired.scale).toBeNull()
})

test.each(['cancel', 'abort'])('%s takes back what was begun', async (verb) => {
  const app = `${verb}led`
  await deployFirst(app)
  const { rollProcesses } = stage.engines.deploy.docker
  const begun = Promise.withResolvers<void>()
  stage.engines.deploy.docker.rollProcesses = (_release, { signal }) => {
    stage.engines.deploy.docker.rollProcesses = rollProcesses
    begun.resolve()
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  const id = await stage.request(request(app, { scale: { web: 5, worker: 5 } }))
  await begun.promise
  expect((await stage.api.call('POST', `/v1/jobs/${id}/${verb}`)).status).toBe(202)
  expect((await stage.end(id)).state).toBe(verb === 'cancel' ? 'cancelled' : 'failed')
  expect(listRunning(app)).toEqual(['mailer r1', ...times(2, 'web r1'), ...times(2, 'worker r1')])
  expect((await read(app)).desired.scale).toBeNull()
})

test('where deploys are approved it is too', async () => {
  await deployFirst('asked')
  await declare('asked', { approval: 'required' })
  const id = await stage.request(request('asked', { scale: { mailer: 2 } }))
  expect((await stage.api.call('GET', `/v1/jobs/${id}`)).body).toMatchObject({ waitingFor: 'approval' })
})

test('what is not there any more when its turn comes is refused then', async () => {
  await deployFirst('late', { processes, queue: 'all' })
  await declare('late', { approval: 'required', queue: 'all' })
  const approver = await stage.api.createToken('approver')
  const approve = (id: string) => stage.api.call('POST', `/v1/jobs/${id}/approve`, { token: approver })
  const deploy = await stage.request(request('late'))
  const id = await stage.request(request('late', { scale: { worker: 3 } }))
  await approve(deploy)
  expect((await stage.end(deploy)).state).toBe('succeeded')
  await approve(id)
  const { state, error } = await stage.end(id)
  expect({ state, error }).toMatchObject({ state: 'failed', error: { code: 'policy-violation' } })
  expect(error?.diagnosis).toContain('what runs has no process worker')
})

test('what somebody else sizes is left to them', async () => {
  await deployFirst('sized')
  const { observe } = stage.engines.deploy.docker
  stage.engines.deploy.docker.observe = async (...given) => ({ ...(await observe(...given)), size: 2 })
  const { state, error } = await scale('sized', { web: 3 })
  stage.engines.deploy.docker.observe = observe
  expect({ state, error }).toMatchObject({ state: 'failed', error: { code: 'policy-violation' } })
  expect(listRunning('sized').filter((name) => name === 'web r1')).toHaveLength(2)
})

test('between two revisions it is refused, with the job that is paused', async () => {
  await deployFirst('held')
  await declare('held', { strategy: { type: 'canary', steps: [{ setWeight: 10 }, { pause: {} }, { setWeight: 100 }] } })
  const id = await stage.request(request('held'))
  await waitForJob(stage.api.ledger, id, ({ waitingFor }) => waitingFor === 'promotion')
  const { status, text } = await stage.api.call('POST', '/v1/jobs', { body: request('held', { scale: { web: 3 } }) })
  expect(status).toBe(409)
  expect(text).toContain(`stevedore abort ${id}`)
})

const kubernetes = { engine: 'kubernetes', namespace: 'apps', port: undefined, host: undefined }

test.each<[string, object, Record<string, number>, string, string]>([
  ['an unknown process', { processes }, { wrker: 3 }, '["scale","wrker"]', 'did you mean worker?'],
  ['none of web', { processes }, { web: 0 }, '["scale","web"]', 'remove takes it down'],
  ['more than a spec may have', { processes }, { worker: 101 }, '["scale","worker"]', '100'],
  ['a part of one', { processes }, { worker: 1.5 }, '["scale","worker"]', 'whole number'],
  ['a name that is none', { processes }, { 'Wor/ker': 1 }, '["scale","Wor/ker"]', ''],
  ['no counts', { processes }, {}, '["scale"]', 'worker=4'],
  [
    'two that hold a volume',
    { processes, replicas: 1, volumes: { own: { path: '/data' } } },
    { web: 2 },
    '["scale","web"]',
    'only one may have its volume own open',
  ],
  [
    'what an autoscaler has',
    { ...kubernetes, processes, autoscale: { cpu: 80, min: 1, max: 5 } },
    { web: 2 },
    '["scale","web"]',
    'autoscale.max',
  ],
  [
    'what Argo Rollouts has',
    { ...kubernetes, namespace: 'more', strategy: { type: 'canary', controller: 'argo', steps: [{ setWeight: 100 }] } },
    { web: 2 },
    '["scale","web"]',
    'Argo Rollouts',
  ],
])('%s is refused with the reason', async (which, settings, counts, path, words) => {
  const app = which.replaceAll(/[^a-z]/g, '-')
  await deployFirst(app, settings)
  const { status, body } = await stage.api.call('POST', '/v1/jobs', {
    body: { ...request(app), scale: counts },
  })
  expect(status).toBe(422)
  const fault = body.faults.find((one: { path: unknown }) => JSON.stringify(one.path) === path)
  expect(fault?.message, JSON.stringify(body)).toContain(words)
})

test('where nothing runs it is refused', async () => {
  await declare('idle')
  const { status, text } = await stage.api.call('POST', '/v1/jobs', { body: request('idle', { scale: { web: 2 } }) })
  expect(status).toBe(409)
  expect(text).toContain('stevedore deploy idle staging')
})
