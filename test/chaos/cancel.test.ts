import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { controlJob, listImages } from '@stevedore/ledger'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { assertInvariants } from './invariants.ts'
import { by, declareApp, enqueueBuild } from './jobs.ts'
import { openStage, type Stage } from './stage.ts'

const withinMs = 5_000
let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage?.close())

async function cancel(jobId: string): Promise<void> {
  await controlJob(stage.ledger, { jobId, verb: 'cancel', by })
  expect(await stage.end(jobId, withinMs)).toMatchObject({ state: 'cancelled', failures: 0, losses: 0 })
}

test('a build that is cancelled in the queue never begins', async () => {
  const app = await declareApp(stage.ledger, stage.git)
  const [cancelled, next] = [await enqueueBuild(stage.ledger, app, '1.0.0'), await enqueueBuild(stage.ledger, app)]
  await cancel(cancelled.id)
  await stage.startWorker()
  expect(await stage.end(next.id)).toMatchObject({ state: 'succeeded' })
  expect(stage.script.deeds().filter(({ jobId }) => jobId === cancelled.id)).toEqual([])
  await assertInvariants(stage.ledger)
})

test('a build that is cancelled in its checkout lets go of a server that says nothing', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const app = await declareApp(stage.ledger, `https://127.0.0.1:${port}/app.git`)
  const { id } = await enqueueBuild(stage.ledger, app)
  const [socket] = await once(server, 'connection')
  const left = once(socket.resume(), 'close')
  await cancel(id)
  await left
  expect(stage.script.deeds().filter(({ jobId, what }) => jobId === id && what === 'did')).toEqual([])
  await assertInvariants(stage.ledger)
})

test.each([
  { point: 'build', built: [], images: [] },
  { point: 'built', built: [1], images: [] },
  { point: 'push', built: [1], images: [{ digest: null }] },
] as const)('a job that is cancelled at $point ends there, and nothing is recorded after', async (expected) => {
  const { ledger, script } = stage
  const app = await declareApp(ledger, stage.git)
  const { id } = await enqueueBuild(ledger, app)
  script.hold(expected.point, 'heedful', { jobId: id })
  await stage.deed({ what: 'reached', point: expected.point, jobId: id })
  await cancel(id)
  script.lift(expected.point, { jobId: id })
  expect(script.attemptsThat('build', id)).toEqual(expected.built)
  expect(script.attemptsThat('push', id)).toEqual([])
  expect(await listImages(ledger, { app })).toMatchObject(expected.images)
  await assertInvariants(ledger)
})
