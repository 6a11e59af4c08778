import { setTimeout as pause } from 'node:timers/promises'
import { controlJob, type Job, listAttempts, listEnvironments } from '@stevedore/ledger'
import { startTcpProxy, type TcpProxy, waitUntil } from '@stevedore/testkit'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { judgeEffects, judgeWorld } from '../../scripts/soak/judge-effects.ts'
import type { StevedoreProcess } from '../harness/stevedore-process.ts'
import { readWorld } from './deploy-engine.ts'
import { assertInvariants } from './invariants.ts'
import { by, declareApp, enqueueBuild, enqueueDeploy, enqueueRemoval, enqueueRollback } from './jobs.ts'
import type { Point } from './script.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
/** Between Postgres and the worker that faults befall. */
let wire: TcpProxy

beforeEach(async () => {
  stage = await openStage()
  const { hostname: host, port } = new URL(stage.serviceUrl)
  wire = await startTcpProxy({ host, port: Number(port) })
})
afterEach(async () => {
  await stage?.close()
  await wire?.close()
})

type Kind = 'build' | 'deploy' | 'rollback' | 'removal'
const enqueue: Record<Kind, (app: string) => Promise<Job>> = {
  build: (app) => enqueueBuild(stage.ledger, app),
  deploy: (app) => enqueueDeploy(stage.ledger, app),
  rollback: (app) => enqueueRollback(stage.ledger, app, 1),
  removal: (app) => enqueueRemoval(stage.ledger, app),
}
const versionsBefore: Record<Kind, string[]> = {
  build: [],
  deploy: [],
  rollback: ['1.0.0', '2.0.0'],
  removal: ['1.0.0'],
}

/** An app with what a job of the kind needs before it. */
async function declareFor(kind: Kind): Promise<string> {
  const app = await declareApp(stage.ledger, stage.git, { replicas: 1 })
  for (const version of versionsBefore[kind]) await stage.end((await enqueueDeploy(stage.ledger, app, version)).id)
  return app
}

const approve = ({ id }: Job) => controlJob(stage.ledger, { jobId: id, verb: 'approve', by })

/** The same for all tests. */
const points = new Map<Kind, Point[]>()

/** All that a job passes to which nothing happens: so no point is forgotten. Those of the dispatcher hold up all jobs at once. */
async function findPoints(kind: Kind): Promise<Point[]> {
  const job = await enqueue[kind](await declareFor(kind))
  if (kind === 'removal') await approve(job)
  expect(await stage.end(job.id)).toMatchObject({ state: 'succeeded', attempt: 1 })
  await stage.deed({ what: 'reached', point: 'after end', jobId: job.id })
  const own = stage.script.deeds().filter(({ what, jobId }) => what === 'reached' && jobId === job.id)
  return [...new Set(own.map(({ point }) => point))].filter((point) => !point.endsWith(' publish'))
}

interface Held {
  app: string
  kind: Kind
  point: Point
  job: Job
}

/** A job for each point of each kind, each held at its own by one worker, all at once. */
async function holdAll(kinds: readonly Kind[]): Promise<{ held: Held[]; victim: StevedoreProcess }> {
  const isHelped = kinds.some((kind) => !points.has(kind) || versionsBefore[kind].length > 0)
  const helper = isHelped ? await stage.startWorker({ WORKER_CONCURRENCY: '4' }) : undefined
  const places = await Promise.all(
    kinds.map(async (kind) => {
      const found = points.get(kind) ?? (await findPoints(kind))
      points.set(kind, found)
      return Promise.all(found.map(async (point) => ({ kind, point, app: await declareFor(kind) })))
    }),
  )
  helper?.signal('SIGTERM')
  await helper?.ended
  const held: Held[] = []
  for (const place of places.flat()) {
    const job = await enqueue[place.kind](place.app)
    stage.script.hold(place.point, 'heedless', { jobId: job.id, attempt: 1 })
    if (place.kind === 'removal') await approve(job)
    held.push({ ...place, job })
  }
  const url = Object.assign(new URL(stage.serviceUrl), { port: String(wire.port) }).href
  const victim = await stage.startWorker({ DATABASE_URL: url, WORKER_CONCURRENCY: '100' })
  await waitUntil('each job at its point', () => areReached(held), { timeoutMs: 60_000, intervalMs: 250 })
  return { held, victim }
}

function areReached(held: readonly Held[]): boolean {
  const reached = new Set(stage.script.deeds().map(({ what, point, jobId }) => `${what} ${point} ${jobId}`))
  return held.every(({ point, job }) => reached.has(`reached ${point} ${job.id}`))
}

function liftAll(held: readonly Held[]): void {
  for (const { point, job } of held) stage.script.lift(point, { jobId: job.id, attempt: 1 })
}

/** Each ended well, was charged with nothing but the loss, and had no effect that was not its own; each app runs what is recorded. */
async function assertUnharmed(held: readonly Held[], losses: number): Promise<void> {
  const ends = await Promise.all(held.map(async (one) => ({ ...one, job: await stage.end(one.job.id) })))
  const harmed = ends.filter(({ job }) => job.state !== 'succeeded' || job.failures > 0 || job.losses > losses)
  const describe = ({ kind, point, job: { state, failures, losses, error } }: Held) =>
    `${kind} at ${point}: ${JSON.stringify({ state, failures, losses, code: error?.code })}`
  expect(harmed.map(describe)).toEqual([])
  await assertInvariants(stage.ledger)
  const deeds = stage.script.deeds()
  const holdings = new Map(
    await Promise.all(ends.map(async ({ job }) => [job.id, await listAttempts(stage.ledger, job.id)] as const)),
  )
  const own = deeds.filter(({ jobId }) => holdings.has(jobId))
  expect(judgeEffects(own, holdings)).toEqual([])
  const environments = await listEnvironments(stage.ledger)
  const wrong = environments.flatMap(({ app, currentRevision }) =>
    judgeWorld(readWorld(deeds, app), currentRevision, 1),
  )
  expect(wrong).toEqual([])
}

/** What needs an app that has been deployed before is left to `npm run chaos`, which has the time. */
const kinds: Kind[] =
  // biome-ignore lint/suspicious/noUndeclaredEnvVars: Turborepo runs no tests
  process.env.CHAOS_KINDS === 'all' ? ['build', 'deploy', 'rollback', 'removal'] : ['build', 'deploy']

test('kill -9 at every point of every kind of job: another worker ends each', async () => {
  const { held, victim } = await holdAll(kinds)
  expect(held.length).toBeGreaterThan(15 * kinds.length)
  victim.signal('SIGKILL')
  await victim.ended
  liftAll(held)
  await stage.startWorker({ WORKER_CONCURRENCY: '4' })
  await assertUnharmed(held, 1)
})

test('stopped at every point for longer than its lease: another ends each, and it changes nothing any more', async () => {
  const { held, victim } = await holdAll(kinds)
  victim.signal('SIGSTOP')
  // An attempt that nobody has claimed yet is the heir's own.
  liftAll(held.filter(({ point }) => point === 'before claim'))
  const heir = await stage.startWorker({ WORKER_CONCURRENCY: '4' })
  await assertUnharmed(held, 1)
  heir.signal('SIGTERM')
  await heir.ended
  liftAll(held)
  victim.signal('SIGCONT')
  victim.signal('SIGTERM')
  expect(await victim.ended).toBe(0)
  await assertUnharmed(held, 1)
})

test('Postgres dropped at every point: it goes on where it was', async () => {
  const { held } = await holdAll(kinds)
  await wire.cut()
  liftAll(held)
  await pause(1_000)
  await wire.restore()
  await assertUnharmed(held, 0)
})

test.each(['before publish', 'after publish'] as const)(
  'kill -9 %s: what the dispatcher had in hand is carried by another, and run once',
  async (point) => {
    const app = await declareApp(stage.ledger, stage.git)
    const job = await enqueueBuild(stage.ledger, app)
    stage.script.hold(point, 'heedless', { jobId: job.id, attempt: 1 })
    const victim = await stage.startWorker({ WORKER_KINDS: 'deploy' })
    await stage.deed({ what: 'reached', point, jobId: job.id })
    victim.signal('SIGKILL')
    await victim.ended
    stage.script.lift(point, { jobId: job.id, attempt: 1 })
    await stage.startWorker()
    expect(await stage.end(job.id)).toMatchObject({ state: 'succeeded', attempt: 1, losses: 0 })
    expect(stage.script.attemptsThat('build', job.id)).toEqual([1])
    await assertInvariants(stage.ledger)
  },
)
