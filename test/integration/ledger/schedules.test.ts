import { type AppSpec, appSpec } from '@stevedore/contract'
import { judgeDue } from '@stevedore/domain'
import {
  enqueueJob,
  findDueSchedules,
  type Ledger,
  listAudit,
  listJobs,
  listSchedules,
  type NewJob,
  putApp,
  readClock,
  recordTime,
  retireApp,
  type ScheduleTurn,
  transitionJob,
} from '@stevedore/ledger'
import { expect, test } from 'vitest'
import { by, claim, declareApp, digest, imageOf, openFixture } from './fixture.ts'

const { ledger, sql, openAnother } = await openFixture()

const yearly = { at: '0 0 1 1 *', command: ['./report'] }
const settings = { engine: 'docker', port: 8081 }

/** An app whose environment `staging` has these schedules. */
const declare = (schedules: object) => declareApp(ledger, { environments: { staging: { ...settings, schedules } } })

/** The same app with others. */
async function redeclare(spec: AppSpec, schedules: Record<string, object>): Promise<AppSpec> {
  const { staging } = appSpec.parse({
    ...spec,
    environments: { staging: { ...settings, schedules } },
  }).environments
  const changed = { ...spec, environments: { staging: staging! } }
  await putApp(ledger, { spec: changed, by })
  return changed
}

const list = async (app: string) => listSchedules(ledger, { app, environment: 'staging' })
const names = async (app: string) => (await list(app)).map(({ name }) => name)
const nextOf = async (app: string, name = 'report') => (await list(app)).find((one) => one.name === name)?.nextAt

/** Moves the next time of an app's schedules to so long ago. */
const letPass = (app: string, interval = '1 second') =>
  sql(`update schedules set next_at = date_trunc('milliseconds', now()) - $2::interval where app = $1`, [app, interval])

function newRun(app: string, schedule = 'report', specVersion = 1): NewJob<'run'> {
  const request = { kind: 'run' as const, app, environment: 'staging', command: ['./report'], timeout: '1h', schedule }
  const resolved = { kind: 'run', revision: 1, image: imageOf(app), version: digest.slice(7, 12) } as const
  return { kind: 'run', app, environment: 'staging', specVersion, request, resolved }
}

/** What a worker does that finds the schedule due. @returns what was made of each of the app's times */
async function takeUp(app: string, turn: ScheduleTurn = { job: newRun(app) }, of: Ledger = ledger) {
  const { due, now } = await findDueSchedules(of, { limit: 100 })
  const own = due.filter((one) => one.app === app)
  return Promise.all(
    own.map(({ dueAt, ...key }) => {
      const judged = judgeDue({ at: yearly.at, timezone: 'UTC' }, { dueAt, now })
      const recorder = { actor: `schedule:${key.name}`, correlationId: 'c-2' }
      return recordTime(of, { ...key, dueAt, due: judged, turn, specVersion: 1, by: recorder })
    }),
  )
}

const audit = async (app: string, action: 'schedule.missed' | 'schedule.skipped' | 'job.requested') =>
  (await listAudit(ledger, { app, action, limit: 50 })).map(({ actor, detail }) => ({ actor, ...detail }))
const jobsOf = (app: string) => listJobs(ledger, { app, limit: 50 })

test('a spec’s schedules stand with their next times, keep them while they stay as they are, and go with it', async () => {
  const spec = await declare({ report: yearly, other: { ...yearly, timezone: 'Europe/Berlin' } })
  const { app } = spec
  const newYear = Date.UTC((await readClock(ledger)).getUTCFullYear() + 1, 0, 1)
  expect((await nextOf(app))?.getTime()).toBe(newYear)
  expect((await nextOf(app, 'other'))?.getTime()).toBe(newYear - 3_600_000)

  await letPass(app)
  const passed = await nextOf(app)
  await redeclare(spec, { report: { ...yearly, command: ['./other'] } })
  expect(await names(app)).toEqual(['report'])
  expect(await list(app)).toMatchObject([{ declared: { command: ['./other'] }, nextAt: passed, lastOutcome: null }])
  await redeclare(spec, { report: { ...yearly, timezone: 'Asia/Kolkata' } })
  expect((await nextOf(app))?.getTime()).toBe(newYear - 5.5 * 3_600_000)

  await retireApp(ledger, { app, by })
  expect(await names(app)).toEqual([])
})

test('however many look at the same moment, one of them records a time', async () => {
  const { app } = await declare({ report: yearly })
  await letPass(app)
  const ledgers = [ledger, openAnother(), openAnother()]
  const outcomes = await Promise.all(Array.from({ length: 12 }, (_, n) => takeUp(app, undefined, ledgers[n % 3])))
  expect(outcomes.flat().filter((outcome) => outcome === 'recorded')).toHaveLength(1)
  const [job, ...more] = await jobsOf(app)
  expect(more).toEqual([])
  expect(job).toMatchObject({
    kind: 'run',
    state: 'queued',
    requestedBy: 'schedule:report',
    request: { schedule: 'report' },
  })
  expect(await audit(app, 'job.requested')).toMatchObject([{ actor: 'schedule:report' }])
  expect(await list(app)).toMatchObject([{ lastOutcome: 'recorded', lastReason: null, lastJob: { id: job?.id } }])
  expect(await takeUp(app)).toEqual([])
})

test('one that is broken off keeps nothing, and is there for the next', async () => {
  const { app } = await declare({ report: yearly })
  await letPass(app)
  const before = await nextOf(app)
  const unwritable = { job: { ...newRun(app), specVersion: 7 } }
  await expect(takeUp(app, unwritable)).rejects.toThrow(/foreign key/)
  expect(await jobsOf(app)).toEqual([])
  expect(await nextOf(app)).toEqual(before)
  expect(await takeUp(app)).toEqual(['recorded'])
})

test('while the job of before is not over, whoever asked for it, a time is left out and told', async () => {
  const { app } = await declare({ report: yearly })
  const { job } = await enqueueJob(ledger, { job: newRun(app), by })
  await enqueueJob(ledger, { job: newRun(app, 'another'), by })
  const running = await claim(ledger, job)
  await letPass(app)
  expect(await takeUp(app)).toEqual(['skipped'])
  const reason = `job ${job.id} of before is not over`
  expect(await audit(app, 'schedule.skipped')).toMatchObject([{ actor: 'schedule:report', schedule: 'report', reason }])
  expect(await list(app)).toMatchObject([{ lastOutcome: 'skipped', lastReason: reason, lastJob: null }])

  const result = { exitCode: 0, revision: 1, version: '1.0.0' }
  const from = { state: 'running', attempt: running.attempt } as const
  await transitionJob(ledger, { jobId: job.id, from, transition: { to: 'succeeded', result }, by })
  await letPass(app)
  expect(await takeUp(app)).toEqual(['recorded'])
})

test('jobs that may overlap run side by side, but do not pile up where nobody begins them', async () => {
  const { app } = await declare({ report: { ...yearly, overlap: 'allow' } })
  await letPass(app)
  expect(await takeUp(app)).toEqual(['recorded'])
  await letPass(app)
  expect(await takeUp(app)).toEqual(['skipped'])
  const [job] = await jobsOf(app)
  await claim(ledger, job!)
  await letPass(app)
  expect(await takeUp(app)).toEqual(['recorded'])
})

test('what nobody looked at for too long is missed and told, and is not made up for', async () => {
  const { app } = await declare({ report: yearly })
  await letPass(app, '61 minutes')
  const from = (await nextOf(app))?.toISOString()
  expect(await takeUp(app)).toEqual(['missed'])
  expect(await audit(app, 'schedule.missed')).toMatchObject([{ schedule: 'report', from, count: 1 }])
  expect(await jobsOf(app)).toEqual([])
  expect(await list(app)).toMatchObject([{ lastOutcome: 'missed', lastReason: expect.stringContaining('an hour') }])
  expect(await takeUp(app)).toEqual([])

  await letPass(app, '59 minutes')
  expect(await takeUp(app)).toEqual(['recorded'])
})

test('where nothing runs, nothing is recorded, and only the list says so', async () => {
  const { app } = await declare({ report: yearly })
  await letPass(app)
  expect(await takeUp(app, { idle: 'nothing runs there' })).toEqual(['idle'])
  expect(await list(app)).toMatchObject([{ lastOutcome: 'idle', lastReason: 'nothing runs there' }])
  expect(await audit(app, 'schedule.skipped')).toEqual([])
  await letPass(app)
  expect(await takeUp(app, { refusal: 'not for you' })).toEqual(['skipped'])
  expect(await audit(app, 'schedule.skipped')).toMatchObject([{ reason: 'not for you' }])
  expect(await jobsOf(app)).toEqual([])
})

test('what was judged by another spec, or of an app that is out of use, is left as it is', async () => {
  const spec = await declare({ report: yearly })
  const { app } = spec
  await letPass(app)
  const { due, now } = await findDueSchedules(ledger, { limit: 100 })
  const { dueAt, ...key } = due.find((one) => one.app === app)!
  const judged = judgeDue({ at: yearly.at, timezone: 'UTC' }, { dueAt, now })
  const record = () =>
    recordTime(ledger, { ...key, dueAt, due: judged, turn: { job: newRun(app) }, specVersion: 1, by })
  await redeclare(spec, { report: { ...yearly, timeout: '2h' } })
  expect(await record()).toBeUndefined()
  await retireApp(ledger, { app, by })
  expect(await record()).toBeUndefined()
  expect(await jobsOf(app)).toEqual([])
})

test('what a server of an older version has declared without is not due', async () => {
  const { app } = await declare({ report: yearly })
  await letPass(app)
  await sql(`update app_specs set spec = spec #- '{environments,staging,schedules}' where app = $1`, [app])
  expect(await takeUp(app)).toEqual([])
})
