import { listImages } from '@stevedore/ledger'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { digestOf } from './engines.ts'
import { assertInvariants } from './invariants.ts'
import { declareApp, enqueueBuild } from './jobs.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage?.close())

/** The first attempt of each job is an engine that heeds no signal: only the fence stands in its way. */
test('a worker that was stopped for longer than its lease comes back to closed doors', async () => {
  const { ledger, script } = stage
  const app = await declareApp(ledger, stage.git)
  const [before, after] = [await enqueueBuild(ledger, app, '1.0.0'), await enqueueBuild(ledger, app, '2.0.0')]
  script.hold('build', 'heedless', { jobId: before.id, attempt: 1 })
  script.hold('built', 'heedless', { jobId: after.id, attempt: 1 })
  for (const { id } of [before, after]) script.hold('push', 'heedful', { jobId: id, attempt: 2 })
  const zombie = await stage.startWorker()
  await stage.deed({ what: 'reached', point: 'build', jobId: before.id })
  await stage.deed({ what: 'reached', point: 'built', jobId: after.id })

  zombie.signal('SIGSTOP')
  const heir = await stage.startWorker()
  for (const { id } of [before, after])
    expect(await stage.deed({ what: 'reached', point: 'push', jobId: id })).toMatchObject({ pid: heir.pid, attempt: 2 })
  zombie.signal('SIGCONT')
  script.lift('build', { jobId: before.id, attempt: 1 })
  script.lift('built', { jobId: after.id, attempt: 1 })
  // The heir is still at work: a door that opened now would let two in at once.
  await stage.deed({ what: 'refused', point: 'build', jobId: before.id, pid: zombie.pid })
  for (const { id } of [before, after]) script.lift('push', { jobId: id, attempt: 2 })

  for (const { id } of [before, after])
    expect(await stage.end(id)).toMatchObject({ state: 'succeeded', attempt: 2, losses: 1, failures: 0 })
  expect(script.attemptsThat('build', before.id)).toEqual([2])
  heir.signal('SIGKILL')
  await heir.ended

  // It works on as if nothing had been; by then it has tried to record what it made before it was stopped.
  const later = await enqueueBuild(ledger, await declareApp(ledger, stage.git))
  expect(await stage.end(later.id)).toMatchObject({ state: 'succeeded', attempt: 1 })
  expect(await stage.deed({ what: 'did', point: 'push', jobId: later.id })).toMatchObject({ pid: zombie.pid })
  // The second image was made under a valid fence, and may be there; what is recorded is the heir's.
  expect(script.attemptsThat('build', after.id)).toEqual([1, 2])
  const images = await listImages(ledger, { app })
  expect(images.map(({ imageId }) => imageId).sort()).toEqual(
    [before, after].map(({ id }) => digestOf(`${id} 2`)).sort(),
  )
  await assertInvariants(ledger)
})
