import { listAudit, listImages, listSteps } from '@stevedore/ledger'
import { lacks, redisComponent, startRedis, type TestRedis } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { digestOf } from './engines.ts'
import { assertInvariants } from './invariants.ts'
import { declareApp, enqueueBuild } from './jobs.ts'
import type { Point } from './script.ts'
import { leaseMs, openStage, type Stage } from './stage.ts'

/** Where the worker is in each of its jobs, and in which attempts each effect then has to be found. */
const points: { point: Point; built: number[]; pushed: number[] }[] = [
  { point: 'build', built: [2], pushed: [2] },
  { point: 'built', built: [1, 2], pushed: [2] },
  { point: 'push', built: [1], pushed: [2] },
  { point: 'pushed', built: [1], pushed: [1, 2] },
]
/** How fast it is, the bench measures: here a busy machine has its time. */
const takeOverMs = leaseMs + 60_000

const transports = lacks(redisComponent) ? ['postgres'] : ['postgres', 'redis']

describe.each(transports)('kill -9 of a worker, with the messages in %s', (transport) => {
  let redis: TestRedis | undefined
  let stage: Stage
  beforeAll(async () => {
    redis = transport === 'redis' ? await startRedis() : undefined
    stage = await openStage({ redisUrl: redis?.url })
  })
  afterAll(async () => {
    await stage?.close()
    await redis?.stop()
  })

  /** A job that its first attempt does not get past the point. */
  async function enqueueHeld(point: Point) {
    const app = await declareApp(stage.ledger, stage.git)
    const { id } = await enqueueBuild(stage.ledger, app)
    stage.script.hold(point, 'heedful', { jobId: id, attempt: 1 })
    return { app, id, point }
  }

  test('at each point of a build and a push: another finishes in time, and repeats no finished step', async () => {
    const held = await Promise.all(points.map(({ point }) => enqueueHeld(point)))
    const killed = await stage.startWorker()
    for (const { id, point } of held) await stage.deed({ what: 'reached', point, jobId: id })
    await stage.startWorker()
    killed.signal('SIGKILL')
    await killed.ended
    const jobs = await Promise.all(held.map(({ id }) => stage.end(id, takeOverMs)))
    for (const job of jobs) expect(job).toMatchObject({ state: 'succeeded', attempt: 2, losses: 1, failures: 0 })
    for (const [index, { app, id }] of held.entries()) await expectOnce(app, id, points[index] as (typeof points)[0])
    await assertInvariants(stage.ledger)
  })

  async function expectOnce(app: string, jobId: string, { built, pushed }: (typeof points)[0]): Promise<void> {
    const { ledger, script } = stage
    expect(script.attemptsThat('build', jobId)).toEqual(built)
    expect(script.attemptsThat('push', jobId)).toEqual(pushed)
    const builder = built.at(-1) as number
    expect(await listSteps(ledger, jobId)).toMatchObject([
      { name: 'checkout', state: 'succeeded' },
      { name: 'build production', state: 'succeeded', attempt: builder },
      { name: 'push production', state: 'succeeded', attempt: 2 },
    ])
    expect(await listImages(ledger, { app })).toMatchObject([{ imageId: digestOf(`${jobId} ${builder}`), jobId }])
    // Once as built, once as pushed.
    expect(await listAudit(ledger, { app, action: 'image.recorded', limit: 10 })).toHaveLength(2)
  }
})
