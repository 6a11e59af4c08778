import type { DeployRequest } from '@stevedore/contract'
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

const place = (app: string) => ({ app, environment: 'staging' })
const read = async (app: string, more = '') =>
  (await stage.api.call('GET', `/v1/apps/${app}/environments/staging${more}`)).body
const request = (app: string, more: Partial<DeployRequest> = {}): DeployRequest => ({
  kind: 'deploy' as const,
  ...place(app),
  ...more,
})
const restart = (app: string) => stage.run(request(app, { restart: true }))

/** An app of its own; its `staging` has these settings beside the usual ones. */
async function declare(app: string, more: object = {}): Promise<void> {
  const spec = sampleSpec(app)
  const environments = { ...spec.environments, staging: { ...spec.environments?.staging, ...more } }
  const { status, text } = await stage.api.call('PUT', `/v1/apps/${app}`, { body: { ...spec, environments } })
  expect(status, text).toBeLessThan(300)
}

async function deployFirst(app: string, more: object = {}): Promise<void> {
  await declare(app, more)
  await playBuild(stage.api, { app })
  expect(await stage.run(request(app))).toMatchObject({ state: 'succeeded', result: { revision: 1 } })
}

async function listActions(app: string): Promise<string[]> {
  return (await listAudit(stage.api.ledger, { app, limit: 100 })).map(({ action }) => action)
}

test('the same runs again under a number of its own, whatever the spec says by now', async () => {
  await deployFirst('shop', { processes: { worker: { command: ['work'], replicas: 2 } } })
  const before = new Set(stage.world.place(place('shop')).replicas)
  await declare('shop', { replicas: 5, env: { NEW: 'yes' } })
  const job = await restart('shop')
  expect(job).toMatchObject({ state: 'succeeded', progress: 100, result: { revision: 2, traffic: { 2: 100 } } })
  const { replicas } = stage.world.place(place('shop'))
  expect(replicas.map(({ process = 'web', revision }) => `${process} r${revision}`).toSorted()).toEqual([
    ...['web r2', 'web r2', 'worker r2', 'worker r2'],
  ])
  expect(replicas.some((one) => before.has(one))).toBe(false)
  const [again, first] = (await read('shop', '/revisions')).items
  expect(again).toMatchObject({ number: 2, state: 'active', cause: 'restart of 1', jobId: job.id })
  for (const key of ['image', 'version', 'target', 'settings', 'secrets', 'specVersion', 'strategy'])
    expect(again[key], key).toEqual(first[key])
  expect((await read('shop', '/compare?from=1&to=2')).changes).toEqual([])
  expect(await listActions('shop')).toEqual(expect.arrayContaining(['revision.created', 'revision.activated']))
})

test('a value of a secret that was stored since then is not taken', async () => {
  const secret = (value: string) => stage.api.call('PUT', '/v1/secrets/KEY?app=keys', { body: { value } })
  await declare('keys', { secrets: ['KEY'] })
  await secret('one')
  await playBuild(stage.api, { app: 'keys' })
  await stage.run(request('keys'))
  await secret('two')
  expect(await restart('keys')).toMatchObject({ state: 'succeeded' })
  const [again, first] = (await read('keys', '/revisions')).items
  expect(again.secrets).toEqual(first.secrets)
  expect((await read('keys')).changedSecrets).toEqual(['KEY'])
})

test('a rollback after it goes to what ran before, not to the same again', async () => {
  await deployFirst('back')
  await playBuild(stage.api, { app: 'back', version: '2.0.0' })
  await stage.run(request('back', { version: '2.0.0' }))
  await restart('back')
  await restart('back')
  const job = await stage.run({ kind: 'rollback', ...place('back') })
  expect(job).toMatchObject({ state: 'succeeded', result: { revision: 1 } })
})

test('what does not come up again leaves what ran', async () => {
  await deployFirst('stuck', { env: { BEHAVIOUR: 'healthy' } })
  const seen = stage.world.place(place('stuck')).replicas.map(({ name }) => name)
  const { scaleUp } = stage.engines.deploy.docker
  stage.engines.deploy.docker.scaleUp = (release, ...rest) =>
    scaleUp({ ...release, settings: { ...release.settings, env: { BEHAVIOUR: 'crash' } } }, ...rest)
  const job = await restart('stuck')
  stage.engines.deploy.docker.scaleUp = scaleUp
  expect(job.state).toBe('failed')
  expect(job.error?.diagnosis).toContain('Traffic: revision 1 100%.')
  expect(stage.world.place(place('stuck')).replicas.map(({ name }) => name)).toEqual(seen)
  expect((await read('stuck', '/revisions')).items).toMatchObject([{ state: 'failed' }, { state: 'active' }])
})

test('a migration is not run again, and a canary is not tried again', async () => {
  const strategy = { type: 'canary', steps: [{ setWeight: 10 }, { pause: {} }, { setWeight: 100 }] }
  await deployFirst('once', { strategy, migrate: { command: ['migrate'] } })
  expect([...stage.world.place(place('once')).migrated]).toEqual([1])
  expect(await restart('once')).toMatchObject({ state: 'succeeded', result: { traffic: { 2: 100 } } })
  expect([...stage.world.place(place('once')).migrated]).toEqual([1])
  expect((await read('once', '/revisions/2')).settings).toMatchObject({ strategy: { type: 'canary' }, migrate: {} })
})

test('where a volume is held, what runs is stopped first', async () => {
  await deployFirst('data', { replicas: 1, volumes: { own: { path: '/data' } } })
  const job = await restart('data')
  expect(job).toMatchObject({ state: 'succeeded', result: { revision: 2, downMs: expect.any(Number) } })
})

test('a rollback’s pin holds on', async () => {
  await deployFirst('pinned')
  await playBuild(stage.api, { app: 'pinned', version: '2.0.0' })
  await stage.run(request('pinned', { version: '2.0.0' }))
  await stage.run({ kind: 'rollback', ...place('pinned') })
  expect((await read('pinned')).pinnedBy).not.toBeNull()
  await restart('pinned')
  expect((await read('pinned')).pinnedBy).not.toBeNull()
})

test('where deploys are approved it is too', async () => {
  await deployFirst('asked')
  await declare('asked', { approval: 'required' })
  const { body } = await stage.api.call('POST', '/v1/jobs', { body: request('asked', { restart: true }) })
  expect(body).toMatchObject({ state: 'waiting', waitingFor: 'approval' })
})

test('one key gives one job', async () => {
  await deployFirst('keyed')
  const headers = { 'idempotency-key': 'again' }
  const ask = async () =>
    (await stage.api.call('POST', '/v1/jobs', { body: request('keyed', { restart: true }), headers })).body.id
  const id = await ask()
  expect(await ask()).toBe(id)
  expect(await stage.end(id)).toMatchObject({ state: 'succeeded' })
})

test('a deploy that waits is not superseded by it', async () => {
  await deployFirst('line')
  await declare('line', { approval: 'required' })
  const waiting = await stage.request(request('line'))
  await stage.request(request('line', { restart: true }))
  const { body } = await stage.api.call('GET', `/v1/jobs/${waiting}`)
  expect(body).toMatchObject({ state: 'waiting', waitingFor: 'approval' })
})

test('between two revisions it is refused, with the job that is paused', async () => {
  await deployFirst('held')
  await declare('held', { strategy: { type: 'canary', steps: [{ setWeight: 10 }, { pause: {} }, { setWeight: 100 }] } })
  const id = await stage.request(request('held'))
  await waitForJob(stage.api.ledger, id, ({ waitingFor }) => waitingFor === 'promotion')
  const { status, text } = await stage.api.call('POST', '/v1/jobs', { body: request('held', { restart: true }) })
  expect(status).toBe(409)
  expect(text).toContain(`stevedore promote ${id}`)
  expect((await stage.api.call('GET', `/v1/jobs/${id}`)).body.state).toBe('waiting')
})

test('what was taken down before its turn is not brought back', async () => {
  await deployFirst('gone')
  await declare('gone', { approval: 'required', queue: 'all' })
  const id = await stage.request(request('gone', { restart: true }))
  const removal = await stage.request(request('gone', { remove: true }))
  const token = await stage.api.createToken('approver')
  const approve = (job: string) => stage.api.call('POST', `/v1/jobs/${job}/approve`, { token })
  await approve(removal)
  await stage.end(removal)
  await approve(id)
  expect(await stage.end(id)).toMatchObject({ state: 'failed', error: { code: 'nothing-runs' } })
  expect(stage.world.place(place('gone')).replicas).toEqual([])
})

test.each([
  ['of which nothing runs', 'idle', {}, 409, 'nothing runs in staging of idle: `stevedore deploy idle staging`'],
  ['that is misspelt', 'idle', { environment: 'stagin' }, 404, 'did you mean staging'],
])('an environment %s is refused', async (_which, app, more, status, words) => {
  await declare(app)
  const answer = await stage.api.call('POST', '/v1/jobs', { body: request(app, { restart: true, ...more }) })
  expect(answer.status).toBe(status)
  expect(answer.text).toContain(words)
})

const processes = { worker: { command: ['work'], replicas: 2 }, mailer: { command: ['mail'] } }
const restartProcess = (app: string, process: string) => stage.run(request(app, { restart: true, process }))

test('one process alone is replaced, under the revision that it has', async () => {
  await deployFirst('part', { processes })
  const before = [...stage.world.place(place('part')).replicas]
  expect(await restartProcess('part', 'worker')).toMatchObject({
    state: 'succeeded',
    progress: 100,
    result: { revision: 1 },
  })
  const { replicas } = stage.world.place(place('part'))
  const fresh = replicas.filter((one) => !before.includes(one))
  expect(fresh.map(({ process, revision }) => `${process} r${revision}`)).toEqual(['worker r1', 'worker r1'])
  expect(replicas).toHaveLength(before.length)
  expect((await read('part', '/revisions')).items).toHaveLength(1)
})

test('a process that does not come up again goes on as it was', async () => {
  await deployFirst('broken', { processes })
  const before = [...stage.world.place(place('broken')).replicas]
  const { restartProcess: own } = stage.engines.deploy.docker
  const crashing = { ...processes.worker, command: ['exit 3'] }
  stage.engines.deploy.docker.restartProcess = ({ settings, ...release }, ...rest) =>
    own(
      { ...release, settings: { ...settings, processes: { ...settings.processes, worker: { ...crashing } } } },
      ...rest,
    )
  const job = await restartProcess('broken', 'worker')
  stage.engines.deploy.docker.restartProcess = own
  expect(job).toMatchObject({ state: 'failed', error: { code: 'container-crashed' } })
  expect(job.error?.diagnosis).toContain('Traffic: revision 1 100%.')
  expect(stage.world.place(place('broken')).replicas).toEqual(before)
})

test('web alone is replaced under the revision that it has, and goes on as it was where it does not come up', async () => {
  await deployFirst('front', { processes })
  const before = [...stage.world.place(place('front')).replicas]
  const isWeb = ({ process }: { process?: string }) => process === undefined
  expect(await restartProcess('front', 'web')).toMatchObject({ state: 'succeeded', result: { traffic: { 1: 100 } } })
  const { replicas } = stage.world.place(place('front'))
  expect(replicas.filter(isWeb)).toHaveLength(2)
  expect(replicas.filter((one) => isWeb(one) && before.includes(one))).toEqual([])
  expect(replicas.filter((one) => !isWeb(one))).toEqual(before.filter((one) => !isWeb(one)))
  expect((await read('front', '/revisions')).items).toHaveLength(1)
  const now = [...replicas]
  const { restartProcess: own } = stage.engines.deploy.docker
  stage.engines.deploy.docker.restartProcess = ({ settings, ...release }, ...rest) =>
    own({ ...release, settings: { ...settings, env: { BEHAVIOUR: 'crash' } } }, ...rest)
  const job = await restartProcess('front', 'web')
  stage.engines.deploy.docker.restartProcess = own
  expect(job).toMatchObject({ state: 'failed', error: { code: 'container-crashed' } })
  expect(job.error?.diagnosis).toContain('Traffic: revision 1 100%.')
  expect(stage.world.place(place('front')).replicas).toEqual(now)
})

test('a web that has to end first is brought back where the restart fails', async () => {
  await deployFirst('single', { replicas: 1, volumes: { own: { path: '/data' } } })
  const [before] = stage.world.place(place('single')).replicas
  expect(await restartProcess('single', 'web')).toMatchObject({ state: 'succeeded' })
  const [now, ...others] = stage.world.place(place('single')).replicas
  expect(others).toEqual([])
  expect(now).not.toBe(before)
  const { restartProcess: own } = stage.engines.deploy.docker
  stage.engines.deploy.docker.restartProcess = ({ settings, ...release }, ...rest) =>
    own({ ...release, settings: { ...settings, env: { BEHAVIOUR: 'crash' } } }, ...rest)
  const job = await restartProcess('single', 'web')
  stage.engines.deploy.docker.restartProcess = own
  expect(job).toMatchObject({ state: 'failed', error: { code: 'container-crashed' } })
  expect(stage.world.place(place('single')).replicas).toMatchObject([{ revision: 1, healthy: true }])
  expect((await read('single')).observed.traffic).toEqual({ 1: 100 })
})

test.each([
  ['wrker', {}, 'did you mean worker?'],
  ['worker', { worker: { ...processes.worker, replicas: 0 } }, 'has no replica'],
])('the process %s is refused with the reason', async (process, more, words) => {
  const app = `no-${process}`
  await deployFirst(app, { processes: { ...processes, ...more } })
  const body = request(app, { restart: true, process })
  const { status, body: answer } = await stage.api.call('POST', '/v1/jobs', { body })
  expect(status).toBe(422)
  expect(answer.faults).toMatchObject([{ path: ['process'], message: expect.stringContaining(words) }])
})

test('a process goes with a restart alone', async () => {
  const { status, body } = await stage.api.call('POST', '/v1/jobs', { body: { ...request('idle'), process: 'worker' } })
  expect(status).toBe(422)
  expect(body.faults).toMatchObject([{ path: ['process'], message: 'is for a restart' }])
})

test.each(['version', 'dryRun', 'strategy', 'remove', 'adopt'])('%s has no meaning beside it', async (key) => {
  const value = { version: '1.0.0', strategy: 'rolling' }[key] ?? true
  const body = { ...request('idle', { restart: true }), [key]: value }
  const answer = await stage.api.call('POST', '/v1/jobs', { body })
  expect(answer.status).toBe(422)
})
