import {
  beginStep,
  claimJob,
  getJob,
  type Job,
  listAttempts,
  listAudit,
  listEvents,
  listSteps,
  succeedJob,
  transitionJob,
  verifyAudit,
} from '@stevedore/ledger'
import { expect, test } from 'vitest'
import { built, declareApp, enqueue, newBuild, openFixture, worker } from './fixture.ts'

const { ledger, sql, openAnother, untilBlocked } = await openFixture()
const { app } = await declareApp(ledger)

const lease = { workerId: 'w1', leaseMs: 60_000 }
const enqueueSome = (count: number) => Promise.all(Array.from({ length: count }, () => enqueue(ledger, newBuild(app))))
const claimOf = ({ id: jobId, attempt }: Job) => claimJob(ledger, { jobId, attempt, ...lease, by: worker })
const succeed = ({ id: jobId, attempt }: Job) => succeedJob(ledger, { jobId, attempt, result: built, by: worker })

/** All that the ledger holds of a job, but for what every job has of its own. */
async function describe(id: string) {
  const { seq: _seq, createdAt: _, ...job } = (await getJob(ledger, id)) as Job
  const audit = (await listAudit(ledger, { app, limit: 1_000 })).filter(({ jobId }) => jobId === id)
  const all = {
    job,
    events: await listEvents(ledger, { jobId: id, after: 0, limit: 10 }),
    attempts: await listAttempts(ledger, id),
    steps: await listSteps(ledger, id),
    audit: audit.map(({ actor, action, app, environment, detail }) => ({ actor, action, app, environment, detail })),
  }
  const text = JSON.stringify(all, (_key, value) =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? 'a time' : value,
  )
  return JSON.parse(text.replaceAll(id, 'the job'))
}

test('what is claimed and ended with others is kept as what is claimed and ended alone', async () => {
  const [alone, ...others] = (await enqueueSome(9)) as [Job, ...Job[]]
  const from = { state: 'queued', attempt: 1 } as const
  await transitionJob(ledger, { jobId: alone.id, from, transition: { to: 'running', ...lease }, by: worker })
  const claimed = await Promise.all(others.map(claimOf))
  expect(claimed.map((job) => job?.id)).toEqual(others.map(({ id }) => id))
  const own = await describe(alone.id)
  for (const { id } of others) expect(await describe(id)).toEqual(own)

  for (const { id } of [alone, ...others])
    await beginStep(ledger, { jobId: id, attempt: 1, name: 'left open', position: 1 })
  const end = { to: 'succeeded', result: built } as const
  await transitionJob(ledger, { jobId: alone.id, from: { state: 'running', attempt: 1 }, transition: end, by: worker })
  expect(await Promise.all(others.map(succeed))).toEqual(others.map(() => true))
  const ended = await describe(alone.id)
  expect(ended).toMatchObject({ job: { state: 'succeeded' }, steps: [{ state: 'cancelled' }] })
  for (const { id } of others) expect(await describe(id)).toEqual(ended)
  expect(await verifyAudit(ledger)).toMatchObject({ ok: true })
})

test('of those who ask together for one job, here and elsewhere, one gets it', async () => {
  const jobs = await enqueueSome(5)
  const elsewhere = openAnother()
  const asked = [...jobs, ...jobs, ...jobs]
  const answers = await Promise.all(
    asked.flatMap((job) => [
      claimOf(job),
      claimJob(elsewhere, { jobId: job.id, attempt: job.attempt, ...lease, by: worker }),
    ]),
  )
  const got = answers.flatMap((job) => (job ? [job.id] : []))
  expect(got.toSorted()).toEqual(jobs.map(({ id }) => id).toSorted())
  const ends = await Promise.all([...jobs, ...jobs].map(succeed))
  expect(ends.filter((isOwn) => isOwn)).toHaveLength(jobs.length)
})

test('a row that somebody holds is waited for by whoever wants it, and by nobody else', async () => {
  const [held, ...others] = (await enqueueSome(4)) as [Job, ...Job[]]
  await sql('begin')
  await sql('select from jobs where id = $1 for update', [held.id])
  const claims = [held, ...others].map(claimOf)
  expect((await Promise.all(claims.slice(1))).map((job) => job?.id)).toEqual(others.map(({ id }) => id))
  await untilBlocked('update "jobs"')
  await sql('commit')
  expect((await claims[0])?.id).toBe(held.id)
})

test('a row that cannot be read is left as it was, and hinders no other', async () => {
  const [odd, ...others] = (await enqueueSome(4)) as [Job, ...Job[]]
  await sql(`update jobs set control = '{"ofLater": true}' where id = $1`, [odd.id])
  const claims = await Promise.allSettled([odd, ...others].map(claimOf))
  expect(claims.map(({ status }) => status)).toEqual(['rejected', ...others.map(() => 'fulfilled')])
  expect(await sql('select state, event_seq from jobs where id = $1', [odd.id])).toEqual([
    { state: 'queued', event_seq: 1 },
  ])
})
