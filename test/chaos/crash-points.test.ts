import { setTimeout as pause } from 'node:timers/promises'
import { getJob, type Job, listAttempts, listEnvironments } from '@stevedore/ledger'
import {
  lacks,
  redisComponent,
  startRedis,
  startTcpProxy,
  type TcpProxy,
  type TestRedis,
  waitUntil,
} from '@stevedore/testkit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { judgeEffects, judgeWorld } from '../../scripts/soak/judge-effects.ts'
import type { StevedoreProcess } from '../harness/stevedore-process.ts'
import { readWorld } from './deploy-engine.ts'
import { assertInvariants } from './invariants.ts'
import { declareApp, enqueueBuild } from './jobs.ts'
import { declareFor, enqueueKind, isPreceded, type Kind } from './kinds.ts'
import type { Point } from './script.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
let redis: TestRedis | undefined
/** Between the worker that faults befall and its Postgres, and its transport. */
let wire: TcpProxy
let transportWire: TcpProxy | undefined

const openWire = (url: string) => startTcpProxy({ host: '127.0.0.1', port: Number(new URL(url).port) })
const by = (url: string, { port }: TcpProxy) => Object.assign(new URL(url), { port: String(port) }).href

afterEach(async () => {
  await stage?.close()
  await wire?.close()
  await transportWire?.close()
  await redis?.stop()
})

/** The same for all tests. */
const points = new Map<Kind, Point[]>()

/** All that a job passes to which nothing happens: so no point is forgotten. Those of the dispatcher hold up all jobs at once. */
async function findPoints(kind: Kind): Promise<Point[]> {
  const job = await enqueueKind(stage, { kind, app: await declareFor(stage, kind) })
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

/** What is lost is counted, and a host that is busy with others may keep a worker from renewing for seconds. */
const longLease = { LEASE_MS: '10000' }

/** A job for each point of each kind, each held at its own by one worker, all at once. */
async function holdAll(kinds: readonly Kind[]): Promise<{ held: Held[]; victim: StevedoreProcess }> {
  const isHelped = kinds.some((kind) => !points.has(kind) || isPreceded(kind))
  const helper = isHelped ? await stage.startWorker({ WORKER_CONCURRENCY: '4' }) : undefined
  const places = await Promise.all(
    kinds.map(async (kind) => {
      const found = points.get(kind) ?? (await findPoints(kind))
      points.set(kind, found)
      return Promise.all(found.map(async (point) => ({ kind, point, app: await declareFor(stage, kind) })))
    }),
  )
  helper?.signal('SIGTERM')
  await helper?.ended
  const held: Held[] = []
  for (const place of places.flat()) {
    const hold = ({ id: jobId }: Job) => stage.script.hold(place.point, 'heedless', { jobId, attempt: 1 })
    held.push({ ...place, job: await enqueueKind(stage, place, hold) })
  }
  const victim = await stage.startWorker({
    DATABASE_URL: by(stage.serviceUrl, wire),
    ...(redis && transportWire && { REDIS_URL: by(redis.url, transportWire) }),
    WORKER_CONCURRENCY: '100',
    ...longLease,
  })
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

const all: Kind[] = ['build', 'push', 'deploy', 'rollback', 'run', 'removal']
/** Each kind on each transport is left to `npm run chaos`, which has the time. */
// biome-ignore lint/suspicious/noUndeclaredEnvVars: Turborepo runs no tests
const areAllWanted = process.env.CHAOS_KINDS === 'all'
const choose = (fewer: Kind[]) => (areAllWanted ? all : fewer)

const transports = [
  { transport: 'Postgres', lacking: false, kinds: choose(['build', 'deploy']) },
  { transport: 'Redis', lacking: lacks(redisComponent), kinds: choose(['push', 'run']) },
]

for (const { transport, lacking, kinds } of transports)
  describe.skipIf(lacking)(`a worker with ${transport} as the transport`, () => {
    beforeEach(async () => {
      redis = transport === 'Redis' ? await startRedis() : undefined
      stage = await openStage({ redisUrl: redis?.url })
      wire = await openWire(stage.serviceUrl)
      transportWire = redis && (await openWire(redis.url))
    })

    test('kill -9 at every point of every kind of job: another worker ends each', async () => {
      const { held, victim } = await holdAll(kinds)
      expect(held.length).toBeGreaterThan(8 * kinds.length)
      victim.signal('SIGKILL')
      await victim.ended
      liftAll(held)
      await stage.startWorker({ WORKER_CONCURRENCY: '4', ...longLease })
      await assertUnharmed(held, 1)
    })

    test('stopped at every point for longer than its lease: another ends each, and it changes nothing any more', async () => {
      const { held, victim } = await holdAll(kinds)
      victim.signal('SIGSTOP')
      // An attempt that nobody has claimed yet is the heir's own.
      liftAll(held.filter(({ point }) => point === 'before claim'))
      const heir = await stage.startWorker({ WORKER_CONCURRENCY: '4', ...longLease })
      await assertUnharmed(held, 1)
      heir.signal('SIGTERM')
      await heir.ended
      liftAll(held)
      victim.signal('SIGCONT')
      victim.signal('SIGTERM')
      expect(await victim.ended).toBe(0)
      await assertUnharmed(held, 1)
    })

    const isElsewhere = transport === 'Redis' && !areAllWanted
    test.skipIf(isElsewhere)('Postgres dropped at every point: it goes on where it was', async () => {
      const { held } = await holdAll(kinds)
      await wire.cut()
      liftAll(held)
      await pause(1_000)
      await wire.restore()
      await assertUnharmed(held, 0)
    })

    test.skipIf(transport !== 'Redis')('Redis dropped at every point: no job notices', async () => {
      const { held } = await holdAll(kinds)
      await transportWire?.cut()
      liftAll(held)
      await pause(1_000)
      await transportWire?.restore()
      await assertUnharmed(held, 0)
    })

    test('its engines gone at every point: it goes on when they are back, at no cost', async () => {
      const { held } = await holdAll(kinds)
      stage.script.loseEngines()
      liftAll(held)
      const isMet = async () => {
        const states = await Promise.all(held.map(async ({ job }) => (await getJob(stage.ledger, job.id))?.state))
        return states.includes('waiting') && !states.includes('running')
      }
      await waitUntil('none that goes on without an engine', isMet, { timeoutMs: 60_000, intervalMs: 250 })
      stage.script.returnEngines()
      await assertUnharmed(held, 0)
    })
  })

describe('the dispatcher', () => {
  beforeEach(async () => {
    stage = await openStage()
  })

  test.each(['before publish', 'after publish'] as const)(
    'kill -9 %s: what it had in hand is carried by another, and run once',
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
})
