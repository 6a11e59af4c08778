import { randomUUID } from 'node:crypto'
import { migrateLedger } from '@stevedore/ledger'
import { migrateTransport } from '@stevedore/queue'
import {
  createTestDatabase,
  type FakeClock,
  fakeClockComponent,
  lacks,
  makeFakeClock,
  sampleSpec,
  startPostgres,
  waitUntil,
} from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startApiProcess } from '../harness/api-process.ts'
import { assertInvariants } from './invariants.ts'
import { declareApp, enqueueBuild } from './jobs.ts'
import { leaseMs, openStage, type Stage } from './stage.ts'

describe.skipIf(lacks(fakeClockComponent))('clocks that are wrong', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage?.close())

  async function makeClock(offset: string): Promise<FakeClock> {
    const clock = await makeFakeClock(offset)
    onTestFinished(() => clock.remove())
    return clock
  }

  async function readLease(id: string): Promise<number> {
    const { rows } = await stage.ledger.pool.query<{ at: Date }>('SELECT lease_until AS at FROM jobs WHERE id = $1', [
      id,
    ])
    return rows[0]!.at.getTime()
  }

  test('a worker whose clock leaps in mid-build, a day on and two back, keeps its job, and nobody else takes it', async () => {
    const { ledger, script } = stage
    const app = await declareApp(ledger, stage.git)
    const { id } = await enqueueBuild(ledger, app)
    script.hold('build', 'heedful', { jobId: id })
    const clock = await makeClock('+0')
    await stage.startWorker(clock.env)
    await stage.deed({ what: 'reached', point: 'build', jobId: id })
    await stage.startWorker((await makeClock('+1h')).env)
    for (const offset of ['+1d', '-1d']) {
      await clock.set(offset)
      const leapt = await readLease(id)
      const isRenewed = async () => (await readLease(id)) > leapt + 2 * leaseMs
      await waitUntil('a lease that is renewed twice over', isRenewed, { timeoutMs: 60_000 })
    }
    script.lift('build', { jobId: id })
    expect(await stage.end(id)).toMatchObject({ state: 'succeeded', attempt: 1, losses: 0, failures: 0 })
    await assertInvariants(ledger)
  })

  test('Postgres’s own clock leaps in mid-build, an hour on and two back: a lease may end by it, and nothing is lost or doubled', async () => {
    const clock = await makeClock('+0')
    const postgres = await startPostgres({ env: clock.env })
    onTestFinished(() => postgres.stop())
    await migrateLedger(postgres.url)
    await migrateTransport(postgres.url)
    const other = await openStage({ databaseUrl: postgres.url })
    onTestFinished(() => other.close())
    const { ledger, script } = other
    const readClock = async () => (await ledger.pool.query<{ at: Date }>('SELECT clock_timestamp() AS at')).rows[0]!.at
    const app = await declareApp(ledger, other.git)
    await Promise.all([other.startWorker(), other.startWorker()])
    for (const [index, offset] of ['+1h', '-1h'].entries()) {
      const { id } = await enqueueBuild(ledger, app, `1.0.${index}`)
      script.hold('build', 'heedful', { jobId: id, attempt: 1 })
      await other.deed({ what: 'reached', point: 'build', jobId: id })
      await clock.set(offset)
      expect(Math.abs((await readClock()).getTime() - Date.now()), 'its clock is right').toBeGreaterThan(3_000_000)
      const later = await enqueueBuild(ledger, app, `1.1.${index}`)
      expect(await other.end(later.id)).toMatchObject({ state: 'succeeded', failures: 0, losses: 0 })
      script.lift('build', { jobId: id, attempt: 1 })
      const { state, attempt, failures, losses } = await other.end(id)
      expect({ state, failures, losses }).toEqual({ state: 'succeeded', failures: 0, losses: attempt - 1 })
      expect(attempt).toBeLessThanOrEqual(2)
      expect(script.attemptsThat('push', id)).toEqual([attempt])
    }
    await assertInvariants(ledger)
  })

  test('APIs that are a day on or behind take a token of an hour, know a key again, and note everything by one clock', async () => {
    const database = await createTestDatabase()
    onTestFinished(() => database.drop())
    const start = async (token?: string, env: Record<string, string> = {}) => {
      const api = await startApiProcess({ databaseUrl: database.serviceUrl, ...(token && { token }), env })
      onTestFinished(() => api.kill())
      return api
    }
    const right = await start()
    await right.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
    const { body } = await right.call('POST', '/v1/tokens', {
      body: { name: 'hour', role: 'deployer', expiresIn: '1h' },
    })
    const request = { body: { kind: 'build', app: 'shop' }, headers: { 'idempotency-key': randomUUID() } }
    const first = await right.call('POST', '/v1/jobs', { ...request, token: body.token })
    for (const offset of ['+25h', '-25h']) {
      const api = await start(body.token, (await makeClock(offset)).env)
      const told = Date.parse((await fetch(`${api.address}/health`)).headers.get('date') ?? '')
      expect(Math.abs(told - Date.now()), 'its clock is wrong').toBeGreaterThan(20 * 3_600_000)
      expect((await api.call('POST', '/v1/jobs', request)).body.id, offset).toBe(first.body.id)
      const other = await api.call('POST', '/v1/jobs', { body: request.body })
      expect(other.status, offset).toBe(202)
      expect(Math.abs(Date.parse(other.body.createdAt) - Date.now()), offset).toBeLessThan(3_600_000)
    }
    expect((await right.call('GET', '/v1/audit/verify')).body).toMatchObject({ ok: true })
  })
})
