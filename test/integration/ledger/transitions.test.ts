import { type JobState, jobStates } from '@stevedore/contract'
import { isLegalTransition } from '@stevedore/domain'
import {
  beginStep,
  claimJob,
  controlJob,
  getJob,
  type Job,
  listAttempts,
  listAudit,
  listEvents,
  listSteps,
  type Transition,
  transitionJob,
} from '@stevedore/ledger'
import { expect, test } from 'vitest'
import { built, claim, declareApp, enqueue, newBuild, newPush, openFixture, startJob, worker } from './fixture.ts'

const { ledger, sql, openAnother } = await openFixture()
const { app } = await declareApp(ledger)
const failure = { code: 'source-unreachable', message: 'no route', detail: 'for the operator' } as const

const examples: Record<JobState, Transition> = {
  queued: { to: 'queued', reason: 'due' },
  running: { to: 'running', workerId: 'w1', leaseMs: 60_000 },
  waiting: { to: 'waiting', waitingFor: 'retry', delayMs: 1_000 },
  succeeded: { to: 'succeeded', result: built },
  failed: { to: 'failed', failure },
  cancelled: { to: 'cancelled' },
  superseded: { to: 'superseded', by: '00000000-0000-0000-0000-000000000000' },
}

function move(job: Job, transition: Transition, from = { state: job.state, attempt: job.attempt }) {
  return transitionJob(ledger, { jobId: job.id, from, transition, by: worker })
}

/** A job brought to a state by way of legal moves. */
async function bring(state: JobState): Promise<Job> {
  const job = await enqueue(ledger, newBuild(app))
  if (state === 'queued') return job
  if (state === 'superseded') return (await move(job, examples.superseded)) as Job
  const running = await claim(ledger, job)
  return state === 'running' ? running : ((await move(running, examples[state])) as Job)
}

for (const from of jobStates)
  test(`from ${from} a job moves as the table says and no other way`, async () => {
    for (const to of jobStates) {
      const job = await bring(from)
      if (isLegalTransition(from, to)) {
        expect(await move(job, examples[to])).toMatchObject({ state: to })
      } else {
        await expect(move(job, examples[to])).rejects.toMatchObject({ code: 'illegal-transition' })
        expect(await getJob(ledger, job.id)).toEqual(job)
      }
    }
  })

test('a move whose condition no longer holds changes nothing', async () => {
  const job = await bring('running')
  const audited = (await listAudit(ledger, { app, limit: 1_000 })).length
  expect(await move(job, examples.succeeded, { state: 'running', attempt: job.attempt + 1 })).toBeUndefined()
  expect(await move(job, examples.running, { state: 'queued', attempt: job.attempt })).toBeUndefined()
  expect(await getJob(ledger, job.id)).toEqual(job)
  expect(await listAudit(ledger, { app, limit: 1_000 })).toHaveLength(audited)
})

test('each move has one audit entry and the next event', async () => {
  const job = await bring('running')
  await move(job, { to: 'waiting', waitingFor: 'retry', delayMs: 60_000, failure, counts: 'failure' })
  const entries = (await listAudit(ledger, { app, action: 'job.transition', limit: 1_000 })).filter(
    (entry) => entry.jobId === job.id,
  )
  expect(entries.map(({ detail }) => [detail.from, detail.to])).toEqual([
    ['queued', 'running'],
    ['running', 'waiting'],
  ])
  const events = await listEvents(ledger, { jobId: job.id, after: 0, limit: 10 })
  expect(events.map(({ seq, type }) => [seq, type])).toEqual([
    [1, 'job.queued'],
    [2, 'job.started'],
    [3, 'job.retry-scheduled'],
  ])
  expect(JSON.stringify(events)).not.toContain('for the operator')
})

test('failures and losses are counted apart, and an attempt keeps what it led to', async () => {
  const first = await bring('running')
  const waiting = await move(first, { to: 'waiting', waitingFor: 'retry', delayMs: 0, failure, counts: 'failure' })
  expect(waiting).toMatchObject({ failures: 1, losses: 0, attempt: 1, error: failure, workerId: null })
  const again = (await move(waiting as Job, { to: 'queued', reason: 'due' })) as Job
  expect(again).toMatchObject({ state: 'queued', attempt: 2, waitingFor: null, dueAt: null })
  const lost = await move(await claim(ledger, again), { to: 'queued', reason: 'worker-lost', counts: 'loss' })
  expect(lost).toMatchObject({ failures: 1, losses: 1, attempt: 3 })
  const handedOver = await move(await claim(ledger, lost as Job), { to: 'queued', reason: 'handed-over' })
  expect(handedOver).toMatchObject({ failures: 1, losses: 1, attempt: 4 })
  const done = await move(await claim(ledger, handedOver as Job), { to: 'succeeded', result: built })
  expect(done).toMatchObject({ state: 'succeeded', progress: 100, error: null, result: built, leaseUntil: null })
  expect((await listAttempts(ledger, first.id)).map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
    [1, 'waiting'],
    [2, 'queued'],
    [3, 'queued'],
    [4, 'succeeded'],
  ])
})

test('what is asked of a job just before it waits is not lost in the wait', async () => {
  const { job } = await startJob(ledger, newBuild(app))
  await controlJob(ledger, { jobId: job.id, verb: 'cancel', by: worker })
  const moved = await move(job, { to: 'waiting', waitingFor: 'retry', delayMs: 3_600_000, failure, counts: 'failure' })
  expect(moved).toMatchObject({ state: 'queued', attempt: 2, dueAt: null, control: { cancel: true }, failures: 1 })
  expect((await listEvents(ledger, { jobId: job.id, after: 0, limit: 10 })).map(({ type }) => type)).toEqual([
    ...['job.queued', 'job.started', 'job.cancel-requested', 'job.retry-scheduled', 'job.resumed'],
  ])
})

test('a step that a lost worker left open ends with its attempt', async () => {
  const { job, message } = await startJob(ledger, newBuild(app))
  await beginStep(ledger, { ...message, name: 'build', position: 1 })
  await move(job, { to: 'queued', reason: 'worker-lost', counts: 'loss' })
  expect(await listSteps(ledger, job.id)).toMatchObject([{ name: 'build', state: 'cancelled' }])
})

test('of 40 claims over several connections one gets the job', async () => {
  const ledgers = [ledger, openAnother(), openAnother(), openAnother()]
  for (let round = 0; round < 5; round++) {
    const job = await enqueue(ledger, newBuild(app))
    const message = { jobId: job.id, attempt: 1 }
    const claims = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        claimJob(ledgers[n % 4] ?? ledger, { ...message, workerId: `w${n}`, leaseMs: 60_000, by: worker }),
      ),
    )
    const winners = claims.filter((claimed) => claimed !== undefined)
    expect(winners).toHaveLength(1)
    expect(await getJob(ledger, job.id)).toMatchObject({ state: 'running', workerId: winners[0]?.workerId })
  }
})

test('follow-up jobs are recorded with their parent’s success, or not at all', async () => {
  const { job } = await startJob(ledger, newBuild(app))
  const push = newPush(app)
  await move(job, { to: 'succeeded', result: built, followUps: [push] })
  const children = await sql<{ state: string; requested_by: string; correlation_id: string }>(
    'select state, requested_by, correlation_id from jobs where parent_id = $1',
    [job.id],
  )
  expect(children).toEqual([{ state: 'queued', requested_by: 'token:ada', correlation_id: job.correlationId }])
  const other = await startJob(ledger, newBuild(app))
  const impossible = newBuild(app, { specVersion: 99 })
  await expect(move(other.job, { to: 'succeeded', result: built, followUps: [push, impossible] })).rejects.toThrow()
  expect(await getJob(ledger, other.job.id)).toMatchObject({ state: 'running' })
  expect(await sql('select 1 from jobs where parent_id = $1', [other.job.id])).toEqual([])
})
