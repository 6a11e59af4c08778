import type { JobDetailView } from '@stevedore/contract'
import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { playBuild } from '../api/play-worker.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

const place = { app: 'shop', environment: 'staging' }
const image = `postgres@sha256:${'a'.repeat(64)}`
let stage: WorkerStage
let worker: { close(): Promise<void> }
/** So that each change is one. */
let level = 0

beforeAll(async () => {
  stage = await openWorkerStage({ GRACE_MS: '1' })
  await declare()
  await stage.api.call('PUT', '/v1/secrets/DB_PASSWORD?app=shop', { body: { value: 'correct horse' } })
  await playBuild(stage.api)
  worker = await stage.startWorker()
})
afterAll(() => stage.close())

/** By a deploy it is made, and brought back. */
beforeEach(async () => {
  await declare('exit 9', {}, level)
  expect(await stage.run({ kind: 'deploy', ...place })).toMatchObject({ state: 'succeeded' })
})

async function declare(script?: string, more: object = {}, to = ++level): Promise<void> {
  const backup = script === undefined ? undefined : { command: ['sh', '-c', script], ...more }
  const db = { image, env: { LEVEL: `l${to}` }, secrets: ['DB_PASSWORD'], volume: { path: '/data' }, backup }
  const staging = { engine: 'docker', port: 8081, services: { db } }
  const body = { ...sampleSpec(), environments: { staging } }
  const answer = await stage.api.call('PUT', '/v1/apps/shop', { body })
  expect(answer.status, answer.text).toBeLessThan(300)
}

const request = () => stage.request({ kind: 'deploy', ...place, service: 'db' })
const update = async () => (await stage.end(await request())) as JobDetailView
const readLog = async (id: string) => (await stage.api.call('GET', `/v1/jobs/${id}/logs`)).text
const awaitOutput = (id: string, text: string) => expect.poll(() => readLog(id), { timeout: 30_000 }).toContain(text)
const findDb = () => stage.world.place(place).services.get('db')
const inside = () => [...stage.world.place(place).commands.values()].map((one) => one.inside)
const listKept = () => [...(stage.world.place(place).volumes.get('db.data') ?? [])]
const readSteps = async (id: string): Promise<string[]> =>
  (await stage.api.call('GET', `/v1/jobs/${id}`)).body.steps.map((one: { name: string }) => one.name)

test('what is replaced is backed up first, by what the spec says now, and its output is masked', async () => {
  const before = findDb()?.revision ?? 0
  await declare('echo $LEVEL with $DB_PASSWORD; touch /data/before-update.sql')
  const done = await update()
  expect(done).toMatchObject({ state: 'succeeded', result: { service: 'db', revision: before + 1 } })
  expect(await readSteps(done.id)).toEqual(['backup db', 'revision', 'service db'])
  const log = await readLog(done.id)
  expect(log).toContain(`l${level - 1} with ***`)
  expect(log).toContain('backs up db before it is replaced, within 1h')
  expect(listKept()).toContain('before-update.sql')
  expect(findDb()).toMatchObject({ revision: before + 1, healthy: true })
})

test('where nothing changes, or the backup alone, nothing is backed up and nothing replaced', async () => {
  const before = findDb()
  await declare('exit 4', { timeout: '5m' }, level)
  const done = await update()
  expect(done).toMatchObject({ state: 'succeeded', result: { revision: before?.revision } })
  expect(await readSteps(done.id)).toEqual(['revision', 'service db'])
  expect(findDb()).toEqual(before)
  const { body } = await stage.api.call('GET', '/v1/apps/shop/environments/staging')
  expect(body.services).toMatchObject([{ name: 'db', changed: [] }])
})

test.each([
  ['that fails', 'echo half of it; exit 3', '1m', 'exited with code 3'],
  ['that does not end', 'sleep 600', '1s', 'did not end within 1s'],
])('a backup %s leaves the companion running as it was', async (_what, script, timeout, why) => {
  const before = findDb()
  await declare(script, { timeout })
  const failed = await update()
  const diagnosis = expect.stringContaining(why)
  expect(failed).toMatchObject({ state: 'failed', failures: 1, error: { code: 'backup-failed', diagnosis } })
  expect(failed.error?.diagnosis).toContain('db was left as it is')
  expect(failed.error?.runbook).toContain('#backup')
  expect(await readSteps(failed.id)).not.toContain('revision')
  expect(findDb()).toBe(before)
  expect(inside()).toEqual([])
})

test('one that does not run, or not well, is not replaced without one; without `backup` it is', async () => {
  await declare('exit 0')
  const { services } = stage.world.place(place)
  services.set('db', { ...findDb()!, healthy: false })
  expect(await update()).toMatchObject({
    error: { code: 'backup-failed', diagnosis: expect.stringContaining('healthy') },
  })
  services.delete('db')
  expect(await update()).toMatchObject({
    error: { code: 'backup-failed', diagnosis: expect.stringContaining('db does not run: it is not there') },
  })
  expect(findDb()).toBeUndefined()
  await declare()
  expect(await update()).toMatchObject({ state: 'succeeded' })
  expect(findDb()).toMatchObject({ healthy: true })
})

test('a cancel ends it, and nothing is replaced', async () => {
  const before = findDb()
  await declare('echo begun; sleep 600')
  const id = await request()
  await awaitOutput(id, 'begun')
  expect(inside()).toEqual(['db'])
  expect(findDb()).toBe(before)
  expect(await stage.api.call('POST', `/v1/jobs/${id}/cancel`)).toMatchObject({ status: 202 })
  expect(await stage.end(id)).toMatchObject({ state: 'cancelled' })
  expect(inside()).toEqual([])
  expect(findDb()).toBe(before)
})

test('another worker ends what one that went has begun, and runs it anew; one that had ended is not run again', async () => {
  const engine = stage.engines.deploy.docker
  const end = vi.spyOn(engine, 'endExec')
  const begin = vi.spyOn(engine, 'execCommand')
  const before = findDb()?.revision ?? 0
  await declare('echo begun; sleep 600')
  const id = await request()
  await awaitOutput(id, 'begun')
  await worker.close()
  expect(inside()).toEqual(['db'])
  begin.mockResolvedValueOnce({ exitCode: 0 })
  const start = vi.spyOn(engine, 'startService').mockImplementationOnce(async () => {
    throw Object.assign(new Error('the engine is away'), { code: 'ECONNREFUSED' })
  })
  worker = await stage.startWorker()
  expect(await stage.end(id)).toMatchObject({ result: { revision: before + 1 }, state: 'succeeded' })
  expect(end).toHaveBeenCalledTimes(1)
  expect(begin).toHaveBeenCalledTimes(2)
  expect(start).toHaveBeenCalledTimes(2)
  expect(inside()).toEqual([])
  vi.restoreAllMocks()
})
