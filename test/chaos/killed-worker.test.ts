import { listAudit, listImages, listSteps } from '@stevedore/ledger'
import { lacks, redisComponent, startRedis, type TestRedis } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { digestOf } from './engines.ts'
import { assertInvariants } from './invariants.ts'
import { declareApp, enqueueBuild } from './jobs.ts'
import type { Point } from './script.ts'
import { type ChaosWorker, leaseMs, openStage, type Stage } from './stage.ts'

/** Where it is killed, and in which attempts each effect then has to be found. */
const points: { point: Point; built: number[]; pushed: number[] }[] = [
  { point: 'build', built: [2], pushed: [2] },
  { point: 'built', built: [1, 2], pushed: [2] },
  { point: 'push', built: [1], pushed: [2] },
  { point: 'pushed', built: [1], pushed: [1, 2] },
]
const takeOverMs = leaseMs + 10_000

describe.each(['postgres', 'redis'])('kill -9 of a worker, with the messages in %s', (transport) => {
  describe.skipIf(transport === 'redis' && lacks(redisComponent))('', () => {
    let redis: TestRedis | undefined
    let stage: Stage
    const workers = new Map<number, ChaosWorker>()

    async function addWorker(): Promise<void> {
      const worker = await stage.startWorker()
      workers.set(worker.pid, worker)
    }

    beforeAll(async () => {
      redis = transport === 'redis' ? await startRedis() : undefined
      stage = await openStage({ redisUrl: redis?.url })
      await Promise.all([addWorker(), addWorker()])
    })
    afterAll(async () => {
      await stage?.close()
      await redis?.stop()
    })

    test.each(points)('at $point: another finishes, and repeats no finished step', async (expected) => {
      const { point } = expected
      const { script, ledger } = stage
      script.hold(point, 'heedful', { attempt: 1 })
      const app = await declareApp(ledger, stage.git)
      const { id } = await enqueueBuild(ledger, app)
      const { pid } = await stage.deed({ what: 'reached', point, jobId: id })
      workers.get(pid)?.signal('SIGKILL')
      await workers.get(pid)?.ended
      const job = await stage.end(id, takeOverMs)
      script.lift(point, { attempt: 1 })

      expect(job).toMatchObject({ state: 'succeeded', attempt: 2, losses: 1, failures: 0 })
      const attemptsThat = (did: Point) =>
        script
          .deeds()
          .filter((deed) => deed.what === 'did' && deed.point === did && deed.jobId === id)
          .map(({ attempt }) => attempt)
      expect(attemptsThat('build')).toEqual(expected.built)
      expect(attemptsThat('push')).toEqual(expected.pushed)
      const builder = expected.built.at(-1) as number
      expect(await listSteps(ledger, id)).toMatchObject([
        { name: 'checkout', state: 'succeeded' },
        { name: 'build production', state: 'succeeded', attempt: builder },
        { name: 'push production', state: 'succeeded', attempt: 2 },
      ])
      expect(await listImages(ledger, { app })).toMatchObject([{ imageId: digestOf(`${id} ${builder}`), jobId: id }])
      // Once as built, once as pushed.
      expect(await listAudit(ledger, { app, action: 'image.recorded', limit: 10 })).toHaveLength(2)
      await assertInvariants(ledger)
      await addWorker()
    })
  })
})
