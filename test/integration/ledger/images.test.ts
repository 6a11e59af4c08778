import { environmentSpec, type JobMessage } from '@stevedore/contract'
import {
  activateRevision,
  createRevision,
  enqueueJob,
  forgetImage,
  listEvents,
  listImages,
  listRemovableImages,
  pruneRevisions,
  recordImage,
  recordPush,
  transitionJob,
} from '@stevedore/ledger'
import { beforeEach, expect, test } from 'vitest'
import { built, by, declareApp, newBuild, newDeploy, newPush, openFixture, startJob, worker } from './fixture.ts'
import { newImage } from './images.ts'

const { ledger } = await openFixture()
let app = ''
beforeEach(async () => {
  app = (await declareApp(ledger)).app
})

const digestOf = (n: number) => `sha256:${String(n).padStart(64, '0')}`
const push = (message: JobMessage, version: string, digest: string) =>
  recordPush(ledger, { ...message, app, version, target: 'production', digest, by: worker })
const versions = async (keep: number) =>
  (await listRemovableImages(ledger, { app, keep })).map(({ version }) => version)

/** Builds and pushes versions 1 to n in one finished job. */
async function buildVersions(count: number): Promise<void> {
  const { job, message } = await startJob(ledger, newBuild(app))
  for (let n = 1; n <= count; n++) {
    await recordImage(ledger, { ...message, image: newImage(app, `${n}`, { imageId: digestOf(n) }), by: worker })
    await push(message, `${n}`, digestOf(n))
  }
  await transitionJob(ledger, { jobId: job.id, from: job, transition: { to: 'succeeded', result: built }, by: worker })
}

/** A revision that has served. */
async function keepRevision(n: number, image: string): Promise<void> {
  const { job, message } = await startJob(ledger, newDeploy(app, {}, { image }))
  const place = { app, environment: 'staging' }
  const settings = environmentSpec.parse({ engine: 'docker' })
  const kept = { image, version: `${n}`, settings, specVersion: 1, strategy: 'rolling', cause: '' }
  const { number } = await createRevision(ledger, { ...message, ...place, ...kept, by: worker })
  await activateRevision(ledger, { ...message, ...place, number, pin: false, unpin: false, by: worker })
  await transitionJob(ledger, { jobId: job.id, from: job, transition: { to: 'succeeded', result: built }, by: worker })
}

test('an image is kept with its report, which learns the registry’s digest', async () => {
  const { message } = await startJob(ledger, newBuild(app))
  await recordImage(ledger, { ...message, image: newImage(app, '1'), by: worker })
  expect(await listImages(ledger, { app })).toMatchObject([
    { version: '1', digest: null, pushedAt: null, jobId: message.jobId, report: { pushed: false } },
  ])
  await push(message, '1', digestOf(1))
  expect(await listImages(ledger, { app, version: '1', target: 'production' })).toMatchObject([
    { digest: digestOf(1), report: { pushed: true, digest: digestOf(1), version: '1' } },
  ])
  const events = await listEvents(ledger, { jobId: message.jobId, after: 2, limit: 10 })
  expect(events.map(({ type }) => type)).toEqual(['image.built', 'image.pushed'])
  await expect(push(message, '2', digestOf(2))).rejects.toMatchObject({ code: 'not-found' })
})

test('another build of a version must be pushed again, the same image need not be', async () => {
  const { message } = await startJob(ledger, newBuild(app))
  const record = (imageId: string) =>
    recordImage(ledger, { ...message, image: newImage(app, '1', { imageId }), by: worker })
  await record('sha256:a')
  await push(message, '1', digestOf(1))
  await record('sha256:a')
  expect(await listImages(ledger, { app })).toMatchObject([{ digest: digestOf(1) }])
  await record('sha256:b')
  expect(await listImages(ledger, { app })).toMatchObject([{ imageId: 'sha256:b', digest: null, pushedAt: null }])
})

test('images are listed newest first, a rebuilt one as new', async () => {
  await buildVersions(3)
  const { message } = await startJob(ledger, newBuild(app))
  await recordImage(ledger, { ...message, image: newImage(app, '1', { imageId: 'sha256:new' }), by: worker })
  expect((await listImages(ledger, { app })).map(({ version }) => version)).toEqual(['1', '3', '2'])
  expect(await listImages(ledger, { app, limit: 1 })).toHaveLength(1)
  await forgetImage(ledger, { app, version: '3', target: 'production' })
  expect((await listImages(ledger, { app })).map(({ version }) => version)).toEqual(['1', '2'])
})

test('an image that a kept revision uses is never removable', async () => {
  await buildVersions(6)
  expect(await versions(2)).toEqual(['4', '3', '2', '1'])
  for (const n of [1, 2, 3]) await keepRevision(n, `registry.example.com/acme/${app}@${digestOf(n)}`)
  expect(await versions(2)).toEqual(['4'])
  expect(await pruneRevisions(ledger, { app, keep: 2 })).toBe(1)
  expect(await versions(2)).toEqual(['4', '1'])
  expect(await versions(6)).toEqual([])
})

test('an image that an unfinished job is about is not removable', async () => {
  await buildVersions(4)
  const image = `registry.example.com/acme/${app}@${digestOf(1)}`
  await enqueueJob(ledger, { job: newDeploy(app, {}, { image }), by })
  await enqueueJob(ledger, { job: newPush(app, [{ version: '2', target: 'production' }]), by })
  expect(await versions(1)).toEqual(['3'])
})

test('an image without a registry is kept as long as a revision or a job needs its id', async () => {
  const { job, message } = await startJob(ledger, newBuild(app))
  for (const n of [1, 2, 3, 4]) {
    const image = { ...newImage(app, `${n}`, { imageId: digestOf(n) }), registry: null }
    await recordImage(ledger, { ...message, image, by: worker })
  }
  await transitionJob(ledger, { jobId: job.id, from: job, transition: { to: 'succeeded', result: built }, by: worker })
  expect(await listImages(ledger, { app, version: '4' })).toMatchObject([{ registry: null, digest: null }])
  await keepRevision(1, digestOf(1))
  await enqueueJob(ledger, { job: newDeploy(app, {}, { image: digestOf(2) }), by })
  expect(await versions(1)).toEqual(['3'])
})

test('each target keeps its own newest', async () => {
  const { job, message } = await startJob(ledger, newBuild(app))
  for (const target of ['production', 'testing'])
    for (const version of ['1', '2'])
      await recordImage(ledger, { ...message, image: newImage(app, version, { target }), by: worker })
  expect(await versions(1)).toEqual([])
  await transitionJob(ledger, { jobId: job.id, from: job, transition: { to: 'succeeded', result: built }, by: worker })
  expect(await versions(1)).toEqual(['1', '1'])
})
