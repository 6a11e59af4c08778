import { createTestDatabase, sampleSpec } from '@stevedore/testkit'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { startApiProcess } from '../../harness/api-process.ts'

const fault = `--import=data:text/javascript,${encodeURIComponent(
  "process.on('SIGUSR2', () => { throw Object.assign(new Error('a fault'), { code: 'E_FAULT' }) })",
)}`

test('an error that nobody catches: the API answers what is in flight, says what it was, and ends with 1', async () => {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const api = await startApiProcess({ databaseUrl: database.serviceUrl, env: { NODE_OPTIONS: fault } })
  onTestFinished(() => api.kill())
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
  const holder = new Client({ connectionString: database.url })
  await holder.connect()
  onTestFinished(() => holder.end())
  await holder.query('BEGIN; LOCK TABLE jobs IN EXCLUSIVE MODE')
  const inFlight = api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'shop' } })
  await expect
    .poll(
      async () =>
        (await holder.query("select from pg_locks where relation = 'jobs'::regclass and not granted")).rowCount,
    )
    .toBeGreaterThan(0)
  const ended = api.signal('SIGUSR2')
  await api.waitForLine(/"message":"an error that nobody caught/)
  await holder.query('COMMIT')
  expect(await inFlight).toMatchObject({ status: 202 })
  expect(await ended).toBe(1)
  expect(api.readOutput()).toMatch(/"log.level":"fatal"[^\n]*"code":"E_FAULT"/)
  expect(api.readOutput()).toMatch(/^Stevedore ends, since an error was caught by nobody: E_FAULT: a fault$/m)
})
