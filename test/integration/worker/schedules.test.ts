import type { JobView, ScheduleView } from '@stevedore/contract'
import { listAudit, listJobs } from '@stevedore/ledger'
import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { playBuild } from '../api/play-worker.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

const place = { app: 'shop', environment: 'staging' }
const address = '/v1/apps/shop/environments/staging'
const report = { at: '0 0 1 1 *', timezone: 'Europe/Berlin', command: ['sh', '-c', 'echo $GREETING'], timeout: '1m' }
let stage: WorkerStage

beforeAll(async () => {
  stage = await openWorkerStage({ GRACE_MS: '1' })
  await declare({ report })
  await playBuild(stage.api)
  // Two at once: what each test sees once, one of them did.
  await Promise.all([stage.startWorker(), stage.startWorker()])
})
afterAll(() => stage.close())

async function declare(schedules: object, more: object = {}): Promise<void> {
  const staging = { engine: 'docker', port: 8081, env: { GREETING: 'hello' }, schedules, ...more }
  const answer = await stage.api.call('PUT', '/v1/apps/shop', { body: { ...sampleSpec(), environments: { staging } } })
  expect(answer.status, answer.text).toBeLessThan(300)
}

/** Moves the next time of `report` into the past, and waits until something was made of it. */
async function letPass(interval = '1 second'): Promise<ScheduleView> {
  const before = await view()
  const looked = () => stage.signal((signal) => signal.type === 'loop.ran' && signal.loop === 'schedules')
  await stage.api.ledger.pool.query(`update schedules set next_at = date_trunc('milliseconds', now()) - $1::interval`, [
    interval,
  ])
  for (;;) {
    await looked()
    const now = await view()
    if (now.last?.dueAt !== before.last?.dueAt) return now
  }
}

const view = async (): Promise<ScheduleView> => (await stage.api.call('GET', address)).body.schedules[0]
const runs = () => listJobs(stage.api.ledger, { ...place, kind: 'run', limit: 50 })

test('where nothing runs nothing is recorded, and the environment says so', async () => {
  expect(await view()).toMatchObject({ name: 'report', ...report, overlap: 'skip', last: null, lastJob: null })
  const { last } = await letPass()
  expect(last).toMatchObject({ outcome: 'idle', reason: expect.stringContaining('stevedore deploy shop staging') })
  expect(await runs()).toEqual([])
  expect(await stage.run({ kind: 'deploy', ...place })).toMatchObject({ state: 'succeeded' })
})

test('a time that comes is one job, in the revision that runs then, and the next is a year away', async () => {
  const { last, lastJob, nextAt } = await letPass()
  expect(last).toMatchObject({ outcome: 'recorded', reason: null })
  const done = await stage.end(lastJob?.id ?? '')
  expect(done).toMatchObject({
    ...{ kind: 'run', state: 'succeeded', requestedBy: 'schedule:report', result: { exitCode: 0, revision: 1 } },
    request: { kind: 'run', schedule: 'report', command: report.command, timeout: '1m' },
  })
  expect((await stage.api.call('GET', `/v1/jobs/${done.id}/logs`)).text).toBe('hello\n')
  expect(await runs()).toHaveLength(1)
  expect((await view()).lastJob).toMatchObject({ id: done.id, state: 'succeeded', exitCode: 0, code: null })
  expect(nextAt).toMatch(/^20\d\d-12-31T23:00:00\.000Z$/)
  const [entry] = await listAudit(stage.api.ledger, { ...place, action: 'job.requested', jobId: done.id, limit: 5 })
  expect(entry).toMatchObject({ actor: 'schedule:report', detail: { request: { schedule: 'report' } } })
})

test('what a schedule runs can be asked for now, and holds its next time back while it is not over', async () => {
  await declare({ report: { ...report, command: ['sh', '-c', 'echo begun; sleep 600'] } })
  const ask = (body: object) => stage.api.call('POST', `${address}/runs`, { body })
  const { body: job } = await ask({ schedule: 'report' })
  expect(job).toMatchObject({
    requestedBy: expect.stringMatching(/^token:/),
    request: { schedule: 'report', timeout: '1m' },
  })
  const { last } = await letPass()
  expect(last).toMatchObject({ outcome: 'skipped', reason: expect.stringContaining(job.id) })
  await stage.api.call('POST', `/v1/jobs/${job.id}/cancel`)
  expect(await stage.end(job.id)).toMatchObject({ state: 'cancelled' })

  expect(await ask({ schedule: 'reprot' })).toMatchObject({
    status: 404,
    text: expect.stringContaining('did you mean report?'),
  })
  for (const body of [
    { schedule: 'report', command: ['x'] },
    { schedule: 'report', timeout: '1m' },
    { schedule: 7 },
    {},
  ])
    expect((await ask(body)).status, JSON.stringify(body)).toBe(422)
})

test('a schedule that was deployed with an approval needs no other, and one that was changed since does', async () => {
  const approved = { approval: 'required', selfApproval: true }
  await declare({ report }, approved)
  // What runs was deployed while nobody had to approve.
  const unapproved = (await letPass()).lastJob?.id
  expect((await stage.api.call('POST', `/v1/jobs/${unapproved}/reject`)).body).toMatchObject({ kind: 'run' })
  const deploy = await stage.request({ kind: 'deploy', ...place })
  await stage.api.call('POST', `/v1/jobs/${deploy}/approve`)
  expect(await stage.end(deploy)).toMatchObject({ state: 'succeeded', result: { revision: 2 } })
  const job = (await letPass()).lastJob?.id ?? ''
  expect(await stage.end(job)).toMatchObject({ state: 'succeeded', result: { revision: 2 } })

  const { body: asked } = await stage.api.call('POST', `${address}/runs`, { body: { schedule: 'report' } })
  expect(asked).toMatchObject({ waitingFor: 'approval' })
  await stage.api.call('POST', `/v1/jobs/${asked.id}/reject`)
  await declare({ report: { ...report, command: ['sh', '-c', 'echo other'] } }, approved)
  const { lastJob } = await letPass()
  const waiting: JobView = (await stage.api.call('GET', `/v1/jobs/${lastJob?.id}`)).body
  expect(waiting).toMatchObject({ state: 'waiting', waitingFor: 'approval', requestedBy: 'schedule:report' })
  expect((await letPass()).last).toMatchObject({ outcome: 'skipped' })
  await stage.api.call('POST', `/v1/jobs/${waiting.id}/approve`)
  expect(await stage.end(waiting.id)).toMatchObject({ state: 'succeeded' })
})

test('row 106: what says no times is refused where it stands, and nothing changes', async () => {
  const before = await view()
  const wrong = { ...report, at: '0 25 * * *', timezone: 'Europe/Berln', command: 'report' }
  const staging = { engine: 'docker', port: 8081, schedules: { report: wrong } }
  const { status, body } = await stage.api.call('PUT', '/v1/apps/shop', {
    body: { ...sampleSpec(), environments: { staging } },
  })
  expect(status).toBe(422)
  const paths = body.faults.map(({ path }: { path: string[] }) => path.join('.'))
  expect(paths).toEqual(['at', 'timezone', 'command'].map((key) => `environments.staging.schedules.report.${key}`))
  expect(await view()).toEqual(before)
})

test('times that nobody looked at are told and counted', async () => {
  expect((await letPass('3 hours')).last).toMatchObject({ outcome: 'missed' })
  const [entry] = await listAudit(stage.api.ledger, { ...place, action: 'schedule.missed', limit: 5 })
  expect(entry).toMatchObject({ actor: 'schedule:report', detail: { schedule: 'report', count: 1 } })
  const told = await stage.metrics.render()
  for (const line of ['schedule_times_total{outcome="recorded"} 4', 'skipped"} 2', 'idle"} 1', 'missed"} 1'])
    expect(told).toContain(line)
})

test('one whose spec a worker cannot read is told of once for the time being, and holds up none', async () => {
  const spec = sampleSpec('later')
  const staging = { engine: 'docker', port: 8099, schedules: { report } }
  const declared = await stage.api.call('PUT', '/v1/apps/later', { body: { ...spec, environments: { staging } } })
  expect(declared.status, declared.text).toBeLessThan(300)
  const { pool } = stage.api.ledger
  const mangled = await pool.query(
    `update app_specs set spec = jsonb_set(spec, '{build}', '"of a later release"') where app = 'later'`,
  )
  expect(mangled.rowCount).toBe(1)
  await pool.query(`update schedules set next_at = now() - interval '1 day' where app = 'later'`)
  for (let turn = 0; turn < 3; turn++) await letPass()
  const told = stage
    .readLogs()
    .split('\n')
    .filter((line) => line.includes('could not be recorded') && line.includes('later'))
  // By each of the two workers.
  expect(told.length).toBeLessThanOrEqual(2)
  expect(told.length).toBeGreaterThan(0)
})

test('a schedule that has left the spec is gone at once', async () => {
  await declare({})
  expect((await stage.api.call('GET', address)).body.schedules).toEqual([])
})
