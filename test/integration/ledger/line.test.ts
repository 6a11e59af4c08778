import {
  claimJob,
  controlJob,
  enqueueJob,
  getEnvironment,
  getJob,
  getPlaceInLine,
  type Job,
  listAudit,
  type NewJob,
  retryJob,
  type Transition,
  transitionJob,
} from '@stevedore/ledger'
import { beforeEach, expect, test } from 'vitest'
import { by, claim, declareApp, enqueue, newDeploy, newRollback, openFixture, rolledOut, worker } from './fixture.ts'

const { ledger, sql, openAnother } = await openFixture()
let app = ''
beforeEach(async () => {
  app = (await declareApp(ledger)).app
})

const read = async (job: Job) => (await getJob(ledger, job.id)) as Job
const holder = async (environment = 'staging') => (await getEnvironment(ledger, app, environment))?.activeJobId
const control = (job: Job, verb: Parameters<typeof controlJob>[1]['verb'], full = false) =>
  controlJob(ledger, { jobId: job.id, verb, full, by })

async function move(job: Job, transition: Transition): Promise<Job> {
  const moved = await transitionJob(ledger, { jobId: job.id, from: await read(job), transition, by: worker })
  if (!moved) throw new Error('the job had moved on')
  return moved
}
const succeed = (job: Job) => move(job, { to: 'succeeded', result: rolledOut })
const waitForPromotion = (job: Job) => move(job, { to: 'waiting', waitingFor: 'promotion' })

/** Runs whichever job holds the environment to its end; false when a rollback took its place meanwhile. */
async function endHolder(): Promise<boolean> {
  const id = await holder()
  const job = id && (await getJob(ledger, id))
  if (!job || (job.state !== 'queued' && job.state !== 'running')) return false
  const { attempt } = job
  const message = { jobId: job.id, attempt, workerId: 'w1', leaseMs: 60_000, by: worker }
  if (job.state === 'queued' && !(await claimJob(ledger, message))) return false
  const from = { state: 'running', attempt } as const
  const done = { to: 'succeeded', result: rolledOut } as const
  return (await transitionJob(ledger, { jobId: job.id, from, transition: done, by: worker })) !== undefined
}

test('row 41: one deploy holds the environment, the next waits, the newest supersedes it and follows', async () => {
  const first = await enqueue(ledger, newDeploy(app))
  const second = await enqueue(ledger, newDeploy(app))
  expect([first.state, second.state, second.waitingFor]).toEqual(['queued', 'waiting', 'environment'])
  const third = await enqueue(ledger, newDeploy(app))
  expect(await read(second)).toMatchObject({ state: 'superseded', result: { supersededBy: third.id } })
  expect(await holder()).toBe(first.id)
  expect([await getPlaceInLine(ledger, first), await getPlaceInLine(ledger, third)]).toEqual([0, 1])
  await succeed(await claim(ledger, first))
  expect(await read(third)).toMatchObject({ state: 'queued', attempt: 1 })
  expect(await holder()).toBe(third.id)
  await succeed(await claim(ledger, await read(third)))
  expect(await holder()).toBeNull()
})

test('`queue: all` keeps each and runs them in order', async () => {
  const line: Job[] = []
  for (let n = 0; n < 4; n++) line.push(await enqueue(ledger, newDeploy(app, { queue: 'all' })))
  const places = []
  for (const job of line) places.push(await getPlaceInLine(ledger, job))
  expect(places).toEqual([0, 1, 2, 3])
  for (const job of line) {
    expect(await holder()).toBe(job.id)
    await succeed(await claim(ledger, await read(job)))
  }
  expect(await holder()).toBeNull()
})

test('environments and dry runs do not wait for each other', async () => {
  await enqueue(ledger, newDeploy(app))
  expect(await enqueue(ledger, newDeploy(app, { environment: 'production' }))).toMatchObject({ state: 'queued' })
  const dryRun = await enqueue(ledger, newDeploy(app, {}, { dryRun: true }))
  expect(dryRun).toMatchObject({ state: 'queued' })
  expect(await getPlaceInLine(ledger, dryRun)).toBeNull()
  await succeed(await claim(ledger, dryRun))
  expect(await holder()).not.toBeNull()
})

test('a rollback jumps the line: it supersedes what waits and asks the running deploy to abort', async () => {
  const running = await claim(ledger, await enqueue(ledger, newDeploy(app, { queue: 'all' })))
  const waiting = await enqueue(ledger, newDeploy(app, { queue: 'all' }))
  const rollback = await enqueue(ledger, newRollback(app))
  expect(rollback).toMatchObject({ state: 'waiting', waitingFor: 'environment' })
  expect(await read(running)).toMatchObject({ state: 'running', control: { abort: true } })
  expect(await read(waiting)).toMatchObject({ state: 'superseded' })
  await move(running, { to: 'failed', failure: { code: 'aborted', message: 'aborted' } })
  expect(await holder()).toBe(rollback.id)
  expect(await read(rollback)).toMatchObject({ state: 'queued', attempt: 1 })
})

test('a rollback takes the place of a deploy that no worker has begun', async () => {
  const queued = await enqueue(ledger, newDeploy(app))
  const rollback = await enqueue(ledger, newRollback(app))
  expect(await read(queued)).toMatchObject({ state: 'superseded', result: { supersededBy: rollback.id } })
  expect(rollback).toMatchObject({ state: 'queued', attempt: 1 })
  expect(await holder()).toBe(rollback.id)
})

test('a rollback wakes a paused deploy to return its traffic', async () => {
  const paused = await waitForPromotion(await claim(ledger, await enqueue(ledger, newDeploy(app))))
  const rollback = await enqueue(ledger, newRollback(app))
  expect(await read(paused)).toMatchObject({ state: 'queued', attempt: 2, control: { abort: true } })
  expect(rollback).toMatchObject({ state: 'waiting', waitingFor: 'environment' })
  expect(await holder()).toBe(paused.id)
})

test('a rollback goes before deploys that came earlier', async () => {
  const first = await claim(ledger, await enqueue(ledger, newRollback(app)))
  const deploy = await enqueue(ledger, newDeploy(app))
  const second = await enqueue(ledger, newRollback(app))
  expect(await read(deploy)).toMatchObject({ state: 'superseded' })
  const later = await enqueue(ledger, newDeploy(app))
  expect([await getPlaceInLine(ledger, second), await getPlaceInLine(ledger, later)]).toEqual([1, 2])
  await succeed(first)
  expect(await holder()).toBe(second.id)
})

test('an approved deploy takes a free environment and waits for a busy one', async () => {
  const first = await enqueue(ledger, newDeploy(app, { approval: true, selfApproval: true, queue: 'all' }))
  expect(first).toMatchObject({ state: 'waiting', waitingFor: 'approval', attempt: 0 })
  expect(await getPlaceInLine(ledger, first)).toBeNull()
  const second = await enqueue(ledger, newDeploy(app, { approval: true, selfApproval: true, queue: 'all' }))
  expect(await control(second, 'approve')).toMatchObject({ state: 'queued', attempt: 1 })
  expect(await holder()).toBe(second.id)
  expect(await control(first, 'approve')).toMatchObject({ state: 'waiting', waitingFor: 'environment' })
  await expect(control(first, 'approve')).rejects.toMatchObject({ code: 'illegal-transition' })
  await succeed(await claim(ledger, await read(second)))
  expect(await holder()).toBe(first.id)
})

test('a rejected deploy fails as rejected', async () => {
  const job = await enqueue(ledger, newDeploy(app, { approval: true, selfApproval: true }))
  expect(await control(job, 'reject')).toMatchObject({ state: 'failed', error: { code: 'rejected' } })
  expect(await holder()).toBeNull()
})

test('cancelling the holder before it runs hands the environment on', async () => {
  const first = await enqueue(ledger, newDeploy(app))
  const second = await enqueue(ledger, newDeploy(app))
  expect(await control(first, 'cancel')).toMatchObject({ state: 'cancelled', error: { code: 'cancelled' } })
  expect(await holder()).toBe(second.id)
  const entries = (await listAudit(ledger, { app, limit: 100 })).filter(({ jobId }) => jobId === first.id)
  expect(entries.map(({ action }) => action)).toEqual(['job.requested', 'job.cancel', 'job.transition'])
})

test('what people ask moves what waits and is noted for what runs', async () => {
  const job = await waitForPromotion(await claim(ledger, await enqueue(ledger, newDeploy(app))))
  expect(await control(job, 'promote')).toMatchObject({ state: 'queued', attempt: 2, control: { promote: 'step' } })
  await claim(ledger, await read(job))
  expect(await control(job, 'pause')).toMatchObject({ state: 'running', control: { promote: 'step', pause: true } })
  expect(await control(job, 'resume')).toMatchObject({ control: { promote: 'step' } })
  expect(await control(job, 'promote', true)).toMatchObject({ control: { promote: 'full' } })
  expect(await control(job, 'cancel')).toMatchObject({ state: 'running', control: { cancel: true } })
  await expect(control(job, 'cancel')).rejects.toMatchObject({ code: 'illegal-transition' })
})

test('row 38: of 20 promotions of one pause exactly one wins', async () => {
  const job = await waitForPromotion(await claim(ledger, await enqueue(ledger, newDeploy(app))))
  const answers = await Promise.allSettled(Array.from({ length: 20 }, () => control(job, 'promote')))
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await read(job)).toMatchObject({ state: 'queued', attempt: 2 })
})

test('an unknown job is not found', async () => {
  const nobody = { ...(await enqueue(ledger, newDeploy(app))), id: '00000000-0000-4000-8000-000000000000' }
  await expect(control(nobody, 'cancel')).rejects.toMatchObject({ code: 'not-found' })
})

const newPushed = (deliverySeq: number, extra: Partial<NewJob<'deploy'>> = {}) => {
  const trigger = { on: 'push', branch: 'main', commit: `${deliverySeq}`.repeat(40) } as const
  const request = { kind: 'deploy', app, environment: 'staging', trigger } as const
  return newDeploy(app, { request, deliverySeq, ...extra })
}
const overtaken = (by: Job, told: string) => ({
  state: 'superseded',
  result: { supersededBy: by.id, reason: expect.stringContaining(told) },
})

test('a push that is deployed is not gone over by an earlier one, nor by its retry', async () => {
  const failed = await enqueue(ledger, newPushed(1))
  await move(await claim(ledger, failed), { to: 'failed', failure: { code: 'never-healthy', message: 'no' } })
  const later = await enqueue(ledger, newPushed(2))
  await succeed(await claim(ledger, later))
  const told = `a later push, refs/heads/main at 222222222222, is deployed already by job ${later.id}`
  for (const job of [await enqueue(ledger, newPushed(1)), await retryJob(ledger, { jobId: failed.id, by })])
    expect(job).toMatchObject(overtaken(later, told))
  expect(await holder()).toBeNull()

  const byHand = await enqueue(ledger, newDeploy(app))
  await succeed(await claim(ledger, byHand))
  expect(await enqueue(ledger, newPushed(1, { environment: 'production' }))).toMatchObject({ state: 'queued' })
  expect(await enqueue(ledger, newPushed(1))).toMatchObject(overtaken(later, told))
  await succeed(await claim(ledger, await enqueue(ledger, newPushed(3))))
})

test('behind a later push that waits an earlier one is superseded, and moves nobody', async () => {
  const byHand = await claim(ledger, await enqueue(ledger, newDeploy(app)))
  const later = await enqueue(ledger, newPushed(2))
  expect(await enqueue(ledger, newPushed(1))).toMatchObject(overtaken(later, 'waits already'))
  expect(await read(later)).toMatchObject({ state: 'waiting' })
  await succeed(byHand)
  expect(await holder()).toBe(later.id)
})

test('behind a later push that runs an earlier one waits: it serves if that one fails, and is superseded if not', async () => {
  const failing = await claim(ledger, await enqueue(ledger, newPushed(2)))
  const earlier = await enqueue(ledger, newPushed(1))
  expect(earlier).toMatchObject({ state: 'waiting', waitingFor: 'environment' })
  await move(failing, { to: 'failed', failure: { code: 'never-healthy', message: 'no' } })
  expect(await holder()).toBe(earlier.id)
  await succeed(await claim(ledger, await read(earlier)))

  const retried = await claim(ledger, await retryJob(ledger, { jobId: failing.id, by }))
  const late = await enqueue(ledger, newPushed(1))
  await succeed(retried)
  expect(await read(late)).toMatchObject(overtaken(retried, 'refs/heads/main at 222222222222'))
  expect(await holder()).toBeNull()
})

test('`queue: all` deploys pushes in their order, and ends those that one after them has left behind', async () => {
  const all = { queue: 'all' } as const
  const first = await enqueue(ledger, newPushed(1, all))
  const [third, second] = [await enqueue(ledger, newPushed(3, all)), await enqueue(ledger, newPushed(2, all))]
  expect([await getPlaceInLine(ledger, second), await getPlaceInLine(ledger, third)]).toEqual([1, 2])
  await succeed(await claim(ledger, first))
  expect(await holder()).toBe(second.id)
  await succeed(await claim(ledger, await read(second)))
  const running = await claim(ledger, await read(third))
  const late = await enqueue(ledger, newPushed(2, { ...all, approval: true }))
  expect(late).toMatchObject({ state: 'waiting' })
  await succeed(running)
  expect(await read(late)).toMatchObject(overtaken(third, 'refs/heads/main at 333333333333'))
  expect(await holder()).toBeNull()
})

test('a retry is a new job, once at a time, and needs its approval again', async () => {
  const job = await enqueue(ledger, newDeploy(app, { approval: true, selfApproval: true }))
  await expect(retryJob(ledger, { jobId: job.id, by })).rejects.toMatchObject({ code: 'illegal-transition' })
  await control(job, 'reject')
  const retries = await Promise.allSettled(Array.from({ length: 5 }, () => retryJob(ledger, { jobId: job.id, by })))
  const made = retries.flatMap((retry) => (retry.status === 'fulfilled' ? [retry.value] : []))
  expect(made).toMatchObject([{ parentId: job.id, resolved: job.resolved, state: 'waiting', waitingFor: 'approval' }])
})

test('parallel deploys and ends over many connections: never two holders, never a stuck line', async () => {
  const ledgers = [ledger, openAnother(), openAnother(), openAnother()]
  const add = (n: number) =>
    enqueueJob(ledgers[n % 4] ?? ledger, {
      job: n % 5 === 0 ? newRollback(app) : newDeploy(app, { queue: n % 2 ? 'all' : 'latest' }),
      by,
    })
  let ended = 0
  let adding = true
  const added = Promise.all(Array.from({ length: 40 }, (_, n) => add(n))).finally(() => {
    adding = false
  })
  while (adding || (await holder())) {
    const [busy] = await sql<{ n: number }>(
      "select count(*)::int as n from jobs where app = $1 and in_line and state in ('queued', 'running')",
      [app],
    )
    expect(busy?.n).toBeLessThanOrEqual(1)
    if (await endHolder()) ended++
  }
  const jobs = (await added).map(({ job }) => job)
  const states = []
  for (const job of jobs) states.push((await read(job)).state)
  expect(states.filter((state) => state === 'succeeded')).toHaveLength(ended)
  expect(new Set(states)).toEqual(new Set(['succeeded', 'superseded']))
})
