import { randomUUID } from 'node:crypto'
import { recordedService } from '@stevedore/contract'
import {
  activateService,
  createService,
  failService,
  getService,
  listAudit,
  listGivenSecrets,
  listServices,
  openSecrets,
  pruneLedger,
  putSecret,
  recordRemoval,
  StaleFenceError,
} from '@stevedore/ledger'
import { beforeEach, expect, test } from 'vitest'
import { by, declareApp, newDeploy, openFixture, startJob, worker } from './fixture.ts'

const { ledger } = await openFixture()
const image = `postgres:18@sha256:${'a'.repeat(64)}`
const settings = recordedService.parse({ image, secrets: ['PASSWORD'] })
let app = ''
beforeEach(async () => {
  app = (await declareApp(ledger)).app
})

/** A job under way, in an environment of its own so that none waits for another. */
async function begin(environment = 'staging') {
  const { message } = await startJob(ledger, newDeploy(app, { environment, queue: 'all' }))
  return { ...message, app, environment, name: 'db', by: worker }
}
const made = (at: Awaited<ReturnType<typeof begin>>) => createService(ledger, { ...at, settings, specVersion: 1 })
const put = (value: string) => putSecret(ledger, { name: 'PASSWORD', app, value, by })
const listNumbers = async (environment = 'staging') =>
  (await listServices(ledger, { app, environment })).map(({ number }) => number)

test('a job that comes again finds what it made, with the secrets of then', async () => {
  const at = await begin()
  await put('one')
  const first = await made(at)
  await put('two')
  expect(await made(at)).toEqual(first)
  expect(first).toMatchObject({ number: 1, state: 'pending' })
  expect(await listNumbers()).toEqual([])
  await activateService(ledger, { ...at, number: 1 })
  await activateService(ledger, { ...at, number: 1 })
  expect(await listNumbers()).toEqual([1])
  const entries = await listAudit(ledger, { app, action: 'service.activated', limit: 10 })
  expect(entries.map(({ detail }) => detail)).toMatchObject([
    { service: 'db', number: 1, image: `docker.io/library/${image.replace(':18', '')}` },
  ])
})

test('the values that a companion runs with are kept for it, and known to be hidden', async () => {
  const at = await begin()
  await put('one')
  const { secrets } = await made(at)
  await put('two')
  await pruneLedger(ledger, { limit: 100 })
  expect(await openSecrets(ledger, secrets)).toEqual({ PASSWORD: 'one' })
  const given = await listGivenSecrets(ledger, { app, environment: 'staging' })
  expect(given.map(({ version }) => version).toSorted()).toEqual([1, 2])
})

test('what failed is no companion, and what is removed with its data is none any more', async () => {
  const at = await begin()
  await made(at)
  await failService(ledger, at)
  expect((await getService(ledger, { ...at, number: 1 }))?.state).toBe('failed')
  expect(await listNumbers()).toEqual([])
  const other = await begin('production')
  await made(other)
  await activateService(ledger, { ...other, number: 1 })
  await recordRemoval(ledger, other)
  expect(await listNumbers('production')).toEqual([1])
  await recordRemoval(ledger, { ...other, forgetServices: true })
  expect(await listNumbers('production')).toEqual([])
})

test('who no longer has the job writes nothing', async () => {
  const at = await begin()
  const gone = { ...at, attempt: at.attempt + 1 }
  await expect(made(gone)).rejects.toThrow(StaleFenceError)
  await made(at)
  await expect(activateService(ledger, { ...gone, number: 1 })).rejects.toThrow(StaleFenceError)
  await expect(failService(ledger, { ...at, jobId: randomUUID() })).rejects.toThrow(StaleFenceError)
  expect((await getService(ledger, { ...at, number: 1 }))?.state).toBe('pending')
})
