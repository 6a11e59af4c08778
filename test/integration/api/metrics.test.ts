import { FailureError, type ObservationView } from '@stevedore/contract'
import { migrateLedger, recordObservation } from '@stevedore/ledger'
import type { Publisher } from '@stevedore/queue'
import { createMetrics } from '@stevedore/telemetry'
import { sampleSpec, startPostgres, type TestPostgres } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startQueueMeter } from '../../../apps/worker/src/upkeep/measure-queues.ts'
import type { Worker } from '../../../apps/worker/src/worker.ts'
import { createRecordingLogger, startTestApi, type TestApi } from '../../harness/test-api.ts'
import { claim, finish, playBuild, playDeploy } from './play-worker.ts'

let postgres: TestPostgres
let api: TestApi
beforeAll(async () => {
  postgres = await startPostgres()
  await migrateLedger(postgres.url)
  api = await startTestApi({ databaseUrl: postgres.url })
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
  await playBuild(api)
  await playDeploy(api)
})
afterAll(async () => {
  await api.close()
  await postgres.stop()
})

/** Figures of the ledger are read once a second at most. */
const read = async () => (await api.call('GET', '/metrics')).text
const labels = '{app="shop",environment="staging"}'

test('an environment that was changed by hand is told, and no longer once it is as it was deployed', async () => {
  const observed = { replicas: [], traffic: { 1: 100 }, address: null, desiredReplicas: 1 }
  const observe = (drift: ObservationView['drift']) =>
    recordObservation(api.ledger, { app: 'shop', environment: 'staging', observed: { ...observed, drift } })
  await observe([{ field: 'replicas', wanted: '1', found: '2' }])
  await expect.poll(read, { timeout: 10_000 }).toContain(`environment_drifted${labels} 1`)
  await observe([])
  await expect.poll(read, { timeout: 10_000 }).toContain(`environment_drifted${labels} 0`)
})

test('a deploy that needs a person is told until another has ended', async () => {
  const deploy = async () => {
    const body = { kind: 'deploy', app: 'shop', environment: 'staging', version: '1.0.0' }
    return claim(api, (await api.call('POST', '/v1/jobs', { body })).body.id)
  }
  await expect.poll(read, { timeout: 10_000 }).toContain(`environment_needs_attention${labels} 0`)
  const failure = new FailureError('needs-attention', { diagnosis: 'the way back failed' }).toFailure()
  await finish(api, await deploy(), { to: 'failed', failure })
  await expect.poll(read, { timeout: 10_000 }).toContain(`environment_needs_attention${labels} 1`)
  await finish(api, await deploy(), { to: 'failed', failure: new FailureError('never-healthy').toFailure() })
  await expect.poll(read, { timeout: 10_000 }).toContain(`environment_needs_attention${labels} 0`)
})

test('how long an approval is waited for is told', async () => {
  expect(await read()).toMatch(/^approval_oldest_age_seconds 0$/m)
  const body = { kind: 'deploy', app: 'shop', environment: 'production', version: '1.0.0' }
  const { id } = (await api.call('POST', '/v1/jobs', { body })).body
  await expect.poll(read, { timeout: 10_000 }).toMatch(/^approval_oldest_age_seconds (0\.\d*[1-9]|[1-9])/m)
  await api.call('POST', `/v1/jobs/${id}/cancel`)
  await expect.poll(read, { timeout: 10_000 }).toMatch(/^approval_oldest_age_seconds 0$/m)
})

test('what is read for as long as one likes is no response time', async () => {
  const { id } = (await api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'shop' } })).body
  await api.call('POST', `/v1/jobs/${id}/cancel`)
  await api.call('GET', `/v1/jobs/${id}/events`, { headers: { accept: 'text/event-stream' } })
  await expect.poll(() => api.readLogs()).toContain(`/v1/jobs/${id}/events`)
  const text = await read()
  expect(text).toContain('response_time_seconds_count{route="/v1/jobs"')
  expect(text).not.toContain('route="/v1/jobs/:id/events"')
})

test('while the ledger is away the one who was let in before is told so, and nobody else', async () => {
  const other = await api.createToken('viewer')
  expect(await read()).toMatch(/^ledger_reachable 1$/m)
  await postgres.stopImmediately()
  await expect.poll(read, { timeout: 10_000 }).toMatch(/^ledger_reachable 0$/m)
  expect(await api.call('GET', '/metrics', { token: other })).toMatchObject({ status: 503 })
  expect(await api.call('GET', '/v1/apps')).toMatchObject({ status: 503 })
  await postgres.restart()
  await expect.poll(read, { timeout: 15_000 }).toMatch(/^ledger_reachable 1$/m)
})

test('with the transport away the age of what it should have is told all the same', async () => {
  await api.call('POST', '/v1/jobs', { body: { kind: 'push', app: 'shop', version: '1.0.0' } })
  const metrics = createMetrics()
  const away = () => Promise.reject(new Error('away'))
  const { logger } = createRecordingLogger()
  const { signal: closing } = new AbortController()
  const worker = { ledger: api.ledger, metrics, logger, closing, tell() {} } as unknown as Worker
  const meter = startQueueMeter(worker, { depths: away } as unknown as Publisher)
  await expect.poll(() => metrics.render()).toMatch(/^dispatcher_lag_seconds (0\.\d*[1-9]|[1-9])/m)
  const text = await metrics.render()
  expect(text).toMatch(/^transport_reachable 0$/m)
  expect(text).toMatch(/^ledger_reachable 1$/m)
  await meter.stop()
})
