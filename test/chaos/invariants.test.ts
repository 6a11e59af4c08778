import { claimJob, type Job, type Ledger, openLedger, transitionJob } from '@stevedore/ledger'
import { createTestDatabase, type TestDatabase } from '@stevedore/testkit'
import { Client } from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { assertInvariants, findViolations } from './invariants.ts'
import { by, declareApp, enqueueBuild, enqueueDeploy } from './jobs.ts'

let database: TestDatabase
let ledger: Ledger
let job: Job

/** A job that was lost once and then succeeded. */
beforeEach(async () => {
  database = await createTestDatabase()
  ledger = openLedger({ url: database.serviceUrl, onError() {} })
  job = await enqueueBuild(ledger, await declareApp(ledger, 'https://git.example.com/acme/shop.git'))
  const claim = (attempt: number) => claimJob(ledger, { jobId: job.id, attempt, workerId: 'w', leaseMs: 9_000, by })
  const move = (attempt: number, transition: Parameters<typeof transitionJob>[1]['transition']) =>
    transitionJob(ledger, { jobId: job.id, from: { state: 'running', attempt }, transition, by })
  await claim(1)
  await move(1, { to: 'queued', reason: 'worker-lost', counts: 'loss' })
  await claim(2)
  await move(2, { to: 'succeeded', result: { images: [] } })
})
afterEach(async () => {
  await ledger?.close()
  await database?.drop()
})

/** As superuser, past the triggers that keep the trail as it is. */
async function mutate(statement: string): Promise<void> {
  const client = new Client({ connectionString: database.url })
  await client.connect()
  try {
    await client.query('ALTER TABLE audit DISABLE TRIGGER ALL')
    const { rowCount } = await client.query(statement, statement.includes('$1') ? [job.id] : [])
    expect(rowCount).toBe(1)
  } finally {
    await client.end()
  }
}

test('two deploys to one environment at a time are found', async () => {
  const app = await declareApp(ledger, 'https://git.example.com/acme/shop.git')
  for (const version of ['1.0.0', '2.0.0']) {
    const { id } = await enqueueDeploy(ledger, app, version)
    await claimJob(ledger, { jobId: id, attempt: 1, workerId: 'w', leaseMs: 9_000, by })
    const transition = { to: 'succeeded' as const, result: { removed: 1 } }
    await transitionJob(ledger, { jobId: id, from: { state: 'running', attempt: 1 }, transition, by })
  }
  await assertInvariants(ledger)
  await mutate(
    "UPDATE jobs SET finished_at = now() + interval '1h' WHERE kind = 'deploy' AND request->>'version' = '1.0.0'",
  )
  expect((await findViolations(ledger)).join('\n')).toMatch(/staging: deploy .* began before deploy .* had ended/)
})

test('nothing is found where all is well', () => assertInvariants(ledger))

test.each([
  ["UPDATE jobs SET state = 'waiting' WHERE id = $1", 'it has not ended: waiting'],
  ["UPDATE jobs SET state = 'failed' WHERE id = $1", 'it is failed, the trail says succeeded'],
  ['UPDATE jobs SET attempt = 3 WHERE id = $1', 'fence 3, made ready 2 times'],
  ['UPDATE jobs SET losses = 5 WHERE id = $1', '5 losses of 3'],
  ['UPDATE jobs SET failures = 4 WHERE id = $1', '4 failures of 3'],
  ['DELETE FROM attempts WHERE job_id = $1 AND attempt = 1', '1 attempts, 2 claims'],
  ['UPDATE attempts SET ended_at = NULL WHERE job_id = $1 AND attempt = 2', 'attempt 2 has not ended'],
  [
    "UPDATE attempts SET ended_at = now() + interval '1h' WHERE job_id = $1 AND attempt = 1",
    'attempts 1 and 2 overlap',
  ],
  ['DELETE FROM events WHERE job_id = $1 AND seq = 3', 'events are numbered 1,2,4,5'],
  ["UPDATE events SET type = 'job.failed' WHERE job_id = $1 AND seq = 5", 'its last event is job.failed'],
  ["DELETE FROM audit WHERE job_id = $1 AND detail->>'reason' = 'worker-lost'", 'it left queued while it was running'],
  ["UPDATE audit SET actor = 'nobody' WHERE seq = 2", 'the audit trail is broken at 2'],
])('%s is found', async (statement, violation) => {
  await mutate(statement)
  expect((await findViolations(ledger)).join('\n')).toContain(violation)
  await expect(assertInvariants(ledger)).rejects.toThrow()
})
