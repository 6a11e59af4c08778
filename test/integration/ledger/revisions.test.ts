import type { AppSpec, JobMessage, ObservationView, TrafficWeights } from '@stevedore/contract'
import {
  activateRevision,
  createRevision,
  failRevision,
  findColdColours,
  findDeployed,
  getEnvironment,
  getRevision,
  type Job,
  listAudit,
  listEnvironments,
  listEvents,
  listRevisions,
  recordObservation,
  recordRemoval,
  retireApp,
  StaleFenceError,
  takeWarm,
  transitionJob,
  unpinEnvironment,
} from '@stevedore/ledger'
import { beforeEach, expect, test } from 'vitest'
import {
  by,
  declareApp,
  imageOf,
  newDeploy,
  newRemoval,
  newRollback,
  openFixture,
  rolledOut,
  startJob,
  worker,
} from './fixture.ts'

const { ledger, sql } = await openFixture()
let spec: AppSpec
let app = ''
let place = { app, environment: 'staging' }
beforeEach(async () => {
  spec = await declareApp(ledger)
  app = spec.app
  place = { app, environment: 'staging' }
})

const create = (message: JobMessage, version = '1.0.0', more: { defaultMemory?: string } = {}) =>
  createRevision(ledger, {
    ...message,
    ...place,
    image: imageOf(app),
    version,
    settings: spec.environments.staging as NonNullable<(typeof spec.environments)[string]>,
    specVersion: 1,
    strategy: 'rolling',
    cause: 'deploy',
    by: worker,
    ...more,
  })

const activate = (message: JobMessage, number: number, extra: Partial<Parameters<typeof activateRevision>[1]> = {}) =>
  activateRevision(ledger, { ...message, ...place, number, pin: false, unpin: false, by: worker, ...extra })

const end = (job: Job) =>
  transitionJob(ledger, { jobId: job.id, from: job, transition: { to: 'succeeded', result: rolledOut }, by: worker })

async function deploy(extra: Parameters<typeof activate>[2] = {}): Promise<number> {
  const { job, message } = await startJob(ledger, newDeploy(app))
  const { number } = await create(message)
  await activate(message, number, extra)
  await end(job)
  return number
}

const seen = (traffic: TrafficWeights): ObservationView => ({ replicas: [], traffic, drift: [], address: null })
const actions = async () => (await listAudit(ledger, { app, limit: 100 })).map(({ action }) => action)
const environment = async () => getEnvironment(ledger, app, 'staging')

test('a revision keeps the limit of memory that it was made with, where there was one', async () => {
  for (const [more, kept] of [
    [{}, null],
    [{ defaultMemory: '2Gi' }, '2Gi'],
  ] as const) {
    const { message, job } = await startJob(ledger, newDeploy(app))
    const { number } = await create(message, '1.0.0', more)
    expect(await getRevision(ledger, app, 'staging', number)).toMatchObject({ defaultMemory: kept })
    await end(job)
  }
})

test('revisions are numbered per environment, and a repeat of the job finds its own', async () => {
  const { job, message } = await startJob(ledger, newDeploy(app))
  const first = await create(message)
  expect(first).toMatchObject({ number: 1, state: 'pending', createdBy: 'token:ada', activatedAt: null })
  expect(await create(message, '9.9.9')).toEqual(first)
  await activate(message, 1)
  await activate(message, 1)
  await end(job)
  expect((await actions()).filter((action) => action.startsWith('revision.'))).toEqual([
    'revision.created',
    'revision.activated',
  ])
  expect(await deploy()).toBe(2)
  expect((await listRevisions(ledger, place)).map(({ number, state }) => [number, state])).toEqual([
    [2, 'active'],
    [1, 'retired'],
  ])
  expect(await environment()).toMatchObject({ currentRevision: 2 })
  expect(await getRevision(ledger, app, 'staging', 1)).toMatchObject({ version: '1.0.0', settings: first.settings })
  expect(await listRevisions(ledger, { ...place, limit: 1 })).toHaveLength(1)
})

test('a revision that never served is failed; one that serves is not', async () => {
  const serving = await deploy()
  const { message } = await startJob(ledger, newDeploy(app))
  const { number } = await create(message)
  await failRevision(ledger, { ...message, ...place, number, by: worker })
  await failRevision(ledger, { ...message, ...place, number: serving, by: worker })
  expect((await listRevisions(ledger, place)).map(({ state }) => state)).toEqual(['failed', 'active'])
  expect((await actions()).filter((action) => action === 'revision.failed')).toHaveLength(1)
})

test('a rollback to an older revision pins in its requester’s name, a person’s deploy unpins', async () => {
  await deploy()
  await deploy()
  const { job, message } = await startJob(ledger, newRollback(app))
  await activate(message, 1, { pin: true })
  await end(job)
  expect(await environment()).toMatchObject({ currentRevision: 1, pinnedBy: 'token:ada' })
  expect((await listRevisions(ledger, place)).map(({ state }) => state)).toEqual(['retired', 'active'])
  await deploy()
  expect(await environment()).toMatchObject({ currentRevision: 3, pinnedBy: 'token:ada' })
  await deploy({ unpin: true })
  expect(await environment()).toMatchObject({ pinnedBy: null, pinnedAt: null })
  expect((await actions()).filter((action) => action.startsWith('environment.'))).toEqual([
    'environment.pinned',
    'environment.unpinned',
  ])
})

test('a person unpins', async () => {
  await deploy({ pin: true })
  for (let n = 0; n < 2; n++) await unpinEnvironment(ledger, { ...place, by })
  expect(await environment()).toMatchObject({ pinnedBy: null })
  expect((await actions()).filter((action) => action === 'environment.unpinned')).toHaveLength(1)
})

test('a warm colour is taken once, when its time is over and nobody is at work', async () => {
  await deploy()
  await deploy({ warm: { revision: 1, delayMs: 60_000 } })
  const [warm] = (await environment())?.warm ?? []
  expect(warm?.revision).toBe(1)
  expect(warm?.until.getTime()).toBeGreaterThan(Date.now() + 30_000)
  const find = async () => (await findColdColours(ledger)).filter((colour) => colour.app === app)
  expect(await find()).toEqual([])
  await sql(`update environments set warm = '[{"revision": 1, "until": "2020-01-01T00:00:00.000Z"}]' where app = $1`, [
    app,
  ])
  expect(await find()).toEqual([{ ...place, revision: 1 }])
  const { job } = await startJob(ledger, newDeploy(app))
  expect(await find()).toEqual([])
  expect(await takeWarm(ledger, { ...place, revision: 1 })).toBe(false)
  await end(job)
  const takes = await Promise.all(Array.from({ length: 10 }, () => takeWarm(ledger, { ...place, revision: 1 })))
  expect(takes.filter(Boolean)).toHaveLength(1)
})

test('what serves again is no longer warm', async () => {
  await deploy()
  await deploy({ warm: { revision: 1, delayMs: 60_000 } })
  const { message } = await startJob(ledger, newRollback(app))
  await activate(message, 1, { warm: { revision: 2, delayMs: 60_000 } })
  expect((await environment())?.warm.map(({ revision }) => revision)).toEqual([2])
})

test('what an engine saw is kept with the environment', async () => {
  await deploy()
  await recordObservation(ledger, { ...place, observed: seen({ 1: 100 }) })
  const [found] = await listEnvironments(ledger, app)
  expect(found).toMatchObject({ observed: seen({ 1: 100 }) })
  expect(found?.observedAt).toBeInstanceOf(Date)
})

test('a removal leaves a history and nothing that runs, once however often it is recorded', async () => {
  await deploy()
  await deploy({ pin: true, warm: { revision: 1, delayMs: 60_000 } })
  await recordObservation(ledger, { ...place, observed: seen({ 2: 100 }) })
  const { job, message } = await startJob(ledger, newRemoval(app))
  for (let n = 0; n < 2; n++) await recordRemoval(ledger, { ...message, ...place, by: worker })
  // By an observer that looked before the removal.
  await recordObservation(ledger, { ...place, observed: seen({ 2: 100 }) })
  const nothing = { currentRevision: null, warm: [], pinnedBy: null, pinnedAt: null, observed: null, observedAt: null }
  expect(await environment()).toMatchObject({ ...nothing, activeJobId: job.id })
  expect((await listRevisions(ledger, place)).map(({ number, state }) => [number, state])).toEqual([
    [2, 'retired'],
    [1, 'retired'],
  ])
  expect((await actions()).filter((action) => action.startsWith('environment.'))).toEqual([
    'environment.pinned',
    'environment.unpinned',
    'environment.removed',
  ])
  const told = await listEvents(ledger, { jobId: job.id, after: 0, limit: 100 })
  expect(told.filter(({ type }) => type === 'environment.removed').map(({ data }) => data)).toEqual([{ revision: 2 }])
  await end(job)
  expect(await deploy()).toBe(3)
  expect(await environment()).toMatchObject({ currentRevision: 3 })
})

test('of what never came to serve only what it left behind is seen, so nothing after a removal', async () => {
  await deploy()
  const failed = await startJob(ledger, newDeploy(app))
  await create(failed.message)
  await end(failed.job)
  const removal = await startJob(ledger, newRemoval(app))
  await recordRemoval(ledger, { ...removal.message, ...place, by: worker })
  await recordObservation(ledger, { ...place, observed: seen({}) })
  expect(await environment()).toMatchObject({ observed: null, observedAt: null })
  // By an observer that looked while the first revision served.
  await recordObservation(ledger, { ...place, observed: seen({ 2: 100 }), whileRan: 1 })
  expect(await environment()).toMatchObject({ observed: null, observedAt: null })
  await recordObservation(ledger, { ...place, observed: seen({ 2: 100 }), whileRan: null })
  expect(await environment()).toMatchObject({ observed: seen({ 2: 100 }) })
  await recordObservation(ledger, { ...place, observed: seen({}) })
  expect(await environment()).toMatchObject({ observed: null, observedAt: null })
})

test('an attempt that lost its job records no removal', async () => {
  await deploy()
  const { message } = await startJob(ledger, newRemoval(app))
  const late = { ...message, attempt: message.attempt + 1 }
  await expect(recordRemoval(ledger, { ...late, ...place, by: worker })).rejects.toThrow(StaleFenceError)
  expect(await environment()).toMatchObject({ currentRevision: 1 })
  expect(await actions()).not.toContain('environment.removed')
})

test('what is deployed is what runs, else what was last meant to', async () => {
  expect(await findDeployed(ledger, place)).toBeUndefined()
  const failed = await startJob(ledger, newDeploy(app))
  await create(failed.message)
  expect(await findDeployed(ledger, place)).toMatchObject({ number: 1, state: 'pending' })
  await end(failed.job)
  expect(await deploy()).toBe(2)
  const { message } = await startJob(ledger, newDeploy(app))
  await create(message)
  expect(await findDeployed(ledger, place)).toMatchObject({ number: 2, state: 'active' })
})

test('an app is not retired while an environment of it runs', async () => {
  await deploy()
  await expect(retireApp(ledger, { app, by })).rejects.toMatchObject({
    code: 'in-use',
    message: `it still runs in staging; take it down first: stevedore remove ${app} staging`,
  })
  const { job, message } = await startJob(ledger, newRemoval(app))
  await recordRemoval(ledger, { ...message, ...place, by: worker })
  await end(job)
  await retireApp(ledger, { app, by })
})
