import type { EnvironmentSpec } from '@stevedore/contract'
import {
  activateRevision,
  createRevision,
  enqueueJob,
  failRevision,
  listRevisions,
  pruneRevisions,
  transitionJob,
} from '@stevedore/ledger'
import { beforeEach, expect, test } from 'vitest'
import { by, declareApp, imageOf, newDeploy, newRollback, openFixture, rolledOut, startJob, worker } from './fixture.ts'

const { ledger } = await openFixture()
let app = ''
let settings: EnvironmentSpec
beforeEach(async () => {
  const spec = await declareApp(ledger)
  app = spec.app
  settings = spec.environments.staging as EnvironmentSpec
})

const left = async (environment = 'staging') =>
  (await listRevisions(ledger, { app, environment })).map(({ number }) => number)
const prune = (keep = 2) => pruneRevisions(ledger, { app, keep })

/** A deploy under way: its revision is pending. */
async function begin(environment = 'staging') {
  const { job, message } = await startJob(ledger, newDeploy(app, { environment }))
  const release = { image: imageOf(app), version: '1.0.0', settings, specVersion: 1 }
  const made = { ...message, app, environment, by: worker }
  const { number } = await createRevision(ledger, { ...made, ...release, strategy: 'rolling', cause: 'deploy' })
  return { job, made: { ...made, number } }
}

type Begun = Awaited<ReturnType<typeof begin>>

const end = ({ job }: Pick<Begun, 'job'>, to: 'succeeded' | 'failed' = 'succeeded') =>
  transitionJob(ledger, {
    jobId: job.id,
    from: job,
    transition: to === 'succeeded' ? { to, result: rolledOut } : { to, failure: { code: 'internal', message: 'no' } },
    by: worker,
  })

async function deploy(count: number, o: { environment?: string; warm?: { revision: number; delayMs: number } } = {}) {
  for (let n = 0; n < count; n++) {
    const begun = await begin(o.environment)
    await activateRevision(ledger, { ...begun.made, pin: false, unpin: false, warm: o.warm })
    await end(begun)
  }
}

async function returnTo(number: number) {
  const { job, message } = await startJob(ledger, newRollback(app, {}, number))
  const place = { app, environment: 'staging' }
  await activateRevision(ledger, { ...message, ...place, number, pin: true, unpin: false, by: worker })
  await end({ job })
}

test('each environment keeps as many revisions as the spec says', async () => {
  await deploy(4)
  await deploy(3, { environment: 'production' })
  expect(await prune()).toBe(3)
  expect([await left(), await left('production')]).toEqual([
    [4, 3],
    [3, 2],
  ])
  expect(await prune()).toBe(0)
  await deploy(1)
  expect(await left()).toEqual([5, 4, 3])
})

test('those that served last stay, whatever their number', async () => {
  await deploy(4)
  await returnTo(1)
  await deploy(1)
  await prune()
  expect(await left()).toEqual([5, 1])
})

test('failed deploys do not push out what a rollback needs', async () => {
  await deploy(2)
  for (let n = 0; n < 3; n++) {
    const begun = await begin()
    await failRevision(ledger, begun.made)
    await end(begun, 'failed')
  }
  await prune()
  expect(await left()).toEqual([5, 4, 2, 1])
})

test('a warm colour stays', async () => {
  await deploy(3)
  await deploy(1, { warm: { revision: 1, delayMs: 60_000 } })
  await prune()
  expect(await left()).toEqual([4, 3, 1])
})

test('nothing goes while a deploy is at work', async () => {
  await deploy(4)
  const begun = await begin()
  await prune()
  expect(await left()).toEqual([5, 4, 3, 2, 1])
  await activateRevision(ledger, { ...begun.made, pin: false, unpin: false })
  await end(begun)
  await prune()
  expect(await left()).toEqual([5, 4])
})

test('what a rollback in line returns to stays', async () => {
  await deploy(4)
  await enqueueJob(ledger, { job: newRollback(app, { approval: true }, 1), by })
  await prune()
  expect(await left()).toEqual([4, 3, 1])
})
