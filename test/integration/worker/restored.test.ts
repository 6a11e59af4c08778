import { FailureError } from '@stevedore/contract'
import { sampleSpec, waitForJob } from '@stevedore/testkit'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { playBuild } from '../api/play-worker.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

let stage: WorkerStage
beforeAll(async () => {
  stage = await openWorkerStage()
  // What builds is played: no worker is to be quicker.
  await stage.startWorker({ WORKER_KINDS: 'push,deploy,rollback,run' })
})
afterAll(() => stage.close())
afterEach(() => vi.restoreAllMocks())

let nextPort = 8_800
async function declare(app: string, more: object = {}) {
  const staging = { engine: 'docker', port: nextPort++, replicas: 1, ...more } as const
  await stage.api.call('PUT', `/v1/apps/${app}`, { body: { ...sampleSpec(app), environments: { staging } } })
  await playBuild(stage.api, { app })
  return { kind: 'deploy', app, environment: 'staging' } as const
}

/** What a newer ledger deployed, as the older copy of it finds it: the copy knows revisions 1 and 2 alone. */
async function deployUnknown(app: string): Promise<{ kind: 'deploy'; app: string; environment: string }> {
  const deploy = await declare(app)
  for (const revision of [1, 2])
    expect(await stage.run(deploy)).toMatchObject({ state: 'succeeded', result: { revision } })
  const world = stage.world.place(deploy)
  for (const replica of world.replicas) Object.assign(replica, { name: 'r3-1', revision: 3, version: '3.0.0' })
  world.traffic = { 3: 100 }
  return deploy
}

const isHeld = ({ waitingFor }: { waitingFor: string | null }) => waitingFor === 'restored'
const readRevisions = (app: string) =>
  stage.world.place({ app, environment: 'staging' }).replicas.map((one) => one.revision)
const readUnknown = async (app: string) => {
  const { body } = await stage.api.call('GET', '/v1/unknown-places')
  return body.items.filter((place: { app: string }) => place.app === app)
}
const readStatus = async (app: string) => (await stage.api.call('GET', `/v1/apps/${app}/environments/staging`)).body

test.each(['deploy', 'rollback', 'remove'] as const)(
  'a %s of a restored copy touches nothing and waits for a person',
  async (kind) => {
    const app = `held-${kind}`
    const deploy = await deployUnknown(app)
    if (kind === 'rollback')
      await stage.api.call('PUT', `/v1/apps/${app}`, {
        body: (await stage.api.call('GET', `/v1/apps/${app}`)).body.spec,
      })
    const request =
      kind === 'rollback'
        ? ({ kind, app, environment: 'staging', toRevision: 1 } as const)
        : ({ ...deploy, ...(kind === 'remove' ? { remove: true } : {}) } as const)
    const id = await stage.request(request)
    await waitForJob(stage.api.ledger, id, isHeld)
    expect(readRevisions(app)).toEqual([3])
    const { body } = await stage.api.call('GET', `/v1/jobs/${id}`)
    expect(body).toMatchObject({ state: 'waiting', failures: 0, losses: 0, error: { code: 'restored' } })
    expect(body.error.diagnosis).toContain(`revision 3 of ${app} in staging`)
    expect(await readStatus(app)).toMatchObject({
      activeJobId: id,
      waitingFor: 'restored',
      observed: {
        drift: [
          { field: 'revision 2', wanted: 'running', found: 'absent' },
          { field: 'revision', wanted: 'at most 2', found: '3' },
        ],
      },
    })
  },
)

test('an attempt that takes over with a plan of before goes neither on nor back', async () => {
  const app = 'resumed'
  const deploy = await declare(app)
  await stage.run(deploy)
  const engine = stage.engines.deploy.docker
  // The copy is of the moment when revision 2 was being brought up; then 2 and 3 were deployed, and the copy was restored.
  vi.spyOn(engine, 'scaleUp').mockImplementationOnce(async () => {
    const world = stage.world.place(deploy)
    for (const replica of world.replicas) Object.assign(replica, { name: 'r3-1', revision: 3 })
    world.traffic = { 3: 100 }
    throw new FailureError('engine-unreachable')
  })
  const id = await stage.request(deploy)
  await waitForJob(stage.api.ledger, id, isHeld)
  expect(readRevisions(app)).toEqual([3])
  expect(stage.world.place(deploy).traffic).toEqual({ 3: 100 })
  await stage.api.call('POST', `/v1/jobs/${id}/cancel`)
  expect(await stage.end(id)).toMatchObject({ state: 'cancelled' })
  expect(readRevisions(app)).toEqual([3])
})

test('traffic that the plan of before knows nothing of holds it as well', async () => {
  const app = 'turned-back'
  const deploy = await declare(app)
  await stage.run(deploy)
  await stage.run(deploy)
  vi.spyOn(stage.engines.deploy.docker, 'scaleUp').mockImplementationOnce(async () => {
    const world = stage.world.place(deploy)
    for (const replica of world.replicas) Object.assign(replica, { name: 'r1-1', revision: 1 })
    world.traffic = { 1: 100 }
    throw new FailureError('engine-unreachable')
  })
  const id = await stage.request(deploy)
  await waitForJob(stage.api.ledger, id, isHeld)
  expect(stage.world.place(deploy).traffic).toEqual({ 1: 100 })
})

test('a person lets the job go over what runs: under a number that nobody gave', async () => {
  const deploy = await deployUnknown('over')
  const id = await stage.request(deploy)
  await waitForJob(stage.api.ledger, id, isHeld)
  expect((await stage.api.call('POST', `/v1/jobs/${id}/promote`)).status).toBe(202)
  expect(await stage.end(id)).toMatchObject({ state: 'succeeded', result: { revision: 4, traffic: { 4: 100 } } })
  expect(readRevisions('over')).toEqual([4])
})

test('a person adopts what runs: it is the revision from then on, and what was held gives way', async () => {
  const app = 'adopted'
  const deploy = await deployUnknown(app)
  const held = await stage.request(deploy)
  await waitForJob(stage.api.ledger, held, isHeld)
  const adopted = await stage.run({ ...deploy, adopt: true })
  expect(adopted).toMatchObject({ state: 'succeeded', result: { revision: 3, version: '3.0.0', traffic: { 3: 100 } } })
  expect(await stage.end(held)).toMatchObject({ state: 'superseded' })
  expect(await readStatus(app)).toMatchObject({ desired: { number: 3, cause: 'adopted' }, observed: { drift: [] } })
  expect(readRevisions(app)).toEqual([3])
  expect(await stage.run(deploy)).toMatchObject({ state: 'succeeded', result: { revision: 4 } })
  expect(await stage.run({ kind: 'rollback', app, environment: 'staging', toRevision: 3 })).toMatchObject({
    state: 'succeeded',
  })
})

test('an app that the ledger never knew is adopted, and taken down', async () => {
  const app = 'never-known'
  const deploy = await declare(app)
  const made = { name: 'r5-1', revision: 5, healthy: true, behaviour: 'healthy', busy: 0, version: '5.0.0' }
  const place = stage.world.place(deploy)
  place.replicas.push({ ...made, image: `registry.test/x@sha256:${'a'.repeat(64)}` })
  place.traffic = { 5: 100 }
  await stage.startWorker({ WORKER_KINDS: 'push,deploy,rollback,run' })
  await vi.waitFor(
    async () => expect(await readUnknown(app)).toMatchObject([{ revisions: [5], claims: [`host ${app}.test`] }]),
    15_000,
  )
  expect(await stage.run({ ...deploy, adopt: true })).toMatchObject({ state: 'succeeded', result: { revision: 5 } })
  expect(await readUnknown(app)).toEqual([])
  expect(await stage.run({ ...deploy, remove: true })).toMatchObject({ state: 'succeeded', result: { removed: 5 } })
  expect(place.replicas).toEqual([])
})

test('where nothing runs there is nothing to adopt', async () => {
  const deploy = await declare('empty')
  expect(await stage.run({ ...deploy, adopt: true })).toMatchObject({
    state: 'failed',
    error: { code: 'nothing-to-adopt' },
  })
})

const isObserver = (signal: { type: string; loop?: string }) => signal.type === 'loop.ran' && signal.loop === 'observer'

test('what a newer ledger has deployed is not swept away by an older copy', async () => {
  const deploy = await deployUnknown('not-swept')
  const world = stage.world.place(deploy)
  world.replicas.push({ ...world.replicas[0]!, name: 'r4-1', revision: 4 })
  await stage.signal(isObserver)
  await stage.signal(isObserver)
  expect(readRevisions('not-swept')).toEqual([3, 4])
})

test('what a failed first deploy left behind is swept away, and the trail says so', async () => {
  const deploy = await declare('left', { env: { BEHAVIOUR: 'never-healthy' } })
  expect(await stage.run(deploy)).toMatchObject({ state: 'failed' })
  const world = stage.world.place(deploy)
  const made = { name: 'r1-1', revision: 1, healthy: true, behaviour: 'healthy', busy: 0, version: '1.0.0', image: 'x' }
  world.replicas.push(made)
  world.traffic = { 1: 100 }
  await stage.signal(isObserver)
  await vi.waitFor(() => expect(world.replicas).toEqual([]))
  const { body } = await stage.api.call('GET', '/v1/audit?app=left')
  expect(body.items.map(({ action }: { action: string }) => action)).toContain('environment.swept')
})

test('what should run and is not there at all is drift', async () => {
  const deploy = await declare('gone')
  await stage.run(deploy)
  const world = stage.world.place(deploy)
  world.replicas = []
  world.traffic = {}
  await stage.signal(isObserver)
  await vi.waitFor(async () =>
    expect(await readStatus('gone')).toMatchObject({
      replicas: { healthy: 0, desired: 1 },
      observed: { drift: [{ field: 'revision 1', wanted: 'running', found: 'absent' }] },
    }),
  )
})

test('what serves outlives a job that went over it as it was told to, and failed', async () => {
  const deploy = await declare('outlived', { env: { BEHAVIOUR: 'never-healthy' } })
  const world = stage.world.place(deploy)
  const made = { name: 'r5-1', revision: 5, healthy: true, behaviour: 'healthy', busy: 0, version: '5.0.0', image: 'x' }
  world.replicas.push(made)
  world.traffic = { 5: 100 }
  const id = await stage.request(deploy)
  await waitForJob(stage.api.ledger, id, isHeld)
  await stage.api.call('POST', `/v1/jobs/${id}/promote`)
  expect(await stage.end(id)).toMatchObject({ state: 'failed', error: { code: 'never-healthy' } })
  await stage.signal(isObserver)
  await stage.signal(isObserver)
  expect(readRevisions('outlived')).toEqual([5])
  expect(world.traffic).toEqual({ 5: 100 })
})

test.each(['cancel', 'abort'])('a held job that is told to %s ends, and leaves no revision pending', async (verb) => {
  const app = `told-to-${verb}`
  const deploy = await deployUnknown(app)
  const id = await stage.request(deploy)
  await waitForJob(stage.api.ledger, id, isHeld)
  expect((await stage.api.call('POST', `/v1/jobs/${id}/${verb}`)).status).toBe(202)
  expect(await stage.end(id)).toMatchObject({ state: verb === 'cancel' ? 'cancelled' : 'failed' })
  expect(readRevisions(app)).toEqual([3])
  const { body } = await stage.api.call('GET', `/v1/apps/${app}/environments/staging/revisions`)
  expect(body.items.filter(({ state }: { state: string }) => state === 'pending')).toEqual([])
})

test('a canary that is cancelled turns back although what runs cannot be looked at', async () => {
  const strategy = { type: 'canary', steps: [{ setWeight: 50 }, { pause: {} }] }
  const deploy = await declare('turns-back', { strategy, replicas: 2 })
  await stage.run(deploy)
  const id = await stage.request(deploy)
  await waitForJob(stage.api.ledger, id, ({ waitingFor }) => waitingFor === 'promotion')
  expect(stage.world.place(deploy).traffic).toEqual({ 1: 50, 2: 50 })
  const engine = stage.engines.deploy.docker
  const observe = engine.observe.bind(engine)
  vi.spyOn(engine, 'observe').mockImplementation(async (place, signal, options) => {
    if (options?.probe === false) throw new FailureError('engine-slow')
    return observe(place, signal, options)
  })
  await stage.api.call('POST', `/v1/jobs/${id}/cancel`)
  expect(await stage.end(id)).toMatchObject({ state: 'cancelled' })
  expect(stage.world.place(deploy).traffic).toEqual({ 1: 100 })
})

test('of several revisions of which none is seen to serve, none is adopted', async () => {
  const deploy = await deployUnknown('unclear')
  const world = stage.world.place(deploy)
  world.replicas.push({ ...world.replicas[0]!, name: 'r4-1', revision: 4 })
  world.traffic = {}
  const adopted = await stage.run({ ...deploy, adopt: true })
  expect(adopted).toMatchObject({ state: 'failed', error: { code: 'nothing-to-adopt' } })
  expect(adopted.error?.diagnosis).toContain('4, 3')
})
