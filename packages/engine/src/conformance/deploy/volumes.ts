import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import type { Release } from '../../deploy-engine.ts'
import { pollUntil } from '../../kit/poll.ts'
import type { WorkContext } from '../../work-context.ts'
import { openContext } from '../context.ts'
import { calm, countHealthy, type DeployHarness, type DeployTest, dropZeros, expectServed } from './harness.ts'
import { runUntilStopped, stopAfter } from './stop-after.ts'

const options = {
  strategy: 'recreate',
  replicas: 1,
  volumes: { data: { path: '/data', size: '64Mi' } },
} as const satisfies DeployTest['options']

/** What is in a volume stays, whatever becomes of what runs; one process at a time has it. */
export const volumeTests: DeployTest[] = [
  {
    title: 'a volume keeps what is in it when its process is replaced, and when its place is removed',
    options,
    async run(harness) {
      const { engine, place, request } = harness
      expect(await engine.listVolumes(place, calm())).toEqual([])
      await replace(harness, undefined, 1)
      expect((await request('/write?text=one')).status).toBe(200)
      expect(await engine.listVolumes(place, calm())).toEqual(['data'])
      await replace(harness, 1, 2)
      await expectStored(harness, 2, 'one')
      expect((await engine.observe(place, calm())).drift).toEqual([])
      await engine.remove(place, openContext())
      expect(await engine.listVolumes(place, calm())).toEqual(['data'])
      await replace(harness, undefined, 3)
      await expectStored(harness, 3, 'one')
      await engine.remove(place, openContext(), { withData: true })
      await engine.remove(place, openContext(), { withData: true })
      expect(await engine.listVolumes(place, calm())).toEqual([])
    },
  },
  {
    title: 'the revision before is started again with its volume when the next does not come up',
    options,
    async run(harness) {
      const { engine, place, makeRelease } = harness
      await replace(harness, undefined, 1)
      expect((await harness.request('/write?text=one')).status).toBe(200)
      await engine.scaleDown(place, 1, 0, openContext())
      expect(countHealthy(await engine.observe(place, calm()))).toEqual({})
      await expect(start(harness, makeRelease({ revision: 2, behaviour: 'crash' }))).rejects.toMatchObject({
        code: 'container-crashed',
      })
      if (engine.traits.rolling === 'stepwise') await engine.scaleDown(place, 2, 0, openContext())
      await start(harness, makeRelease({ revision: 1, behaviour: 'healthy' }))
      await expectStored(harness, 1, 'one')
      expect(countHealthy(await engine.observe(place, calm()))).toEqual({ 1: 1 })
    },
  },
  {
    title:
      'after a stop between any two effects of a replacement a repeat ends with one that serves, and never are there two',
    atEveryStop: true,
    timeoutMs: 600_000,
    options,
    async run(harness) {
      const { engine, place, makeRelease, request } = harness
      await replace(harness, undefined, 1)
      expect((await request('/write?text=one')).status).toBe(200)
      for (let allowed = 1, stopped = true; stopped; allowed++) {
        const revision = allowed + 1
        const release = makeRelease({ revision, behaviour: 'healthy' })
        const steps = [
          (context: WorkContext) => engine.scaleDown(place, revision - 1, 0, context),
          (context: WorkContext) => start(harness, release, context),
          (context: WorkContext) => engine.finalize(release, [], context),
        ]
        const done = await runUntilStopped(steps, stopAfter(allowed))
        stopped = done < steps.length
        const left = new Set((await engine.observe(place, calm())).replicas.map((replica) => replica.revision))
        expect(left.size).toBeLessThanOrEqual(1)
        for (const step of steps.slice(done)) await step(openContext())
        const seen = await engine.observe(place, calm())
        expect(countHealthy(seen)).toEqual({ [revision]: 1 })
        expect(dropZeros(seen.traffic)).toEqual({ [revision]: 100 })
        await expectStored(harness, revision, 'one')
      }
    },
  },
  {
    title: 'what has a volume’s name and is not Stevedore’s is refused and left',
    options,
    async run({ engine, place, makeRelease, makeForeignVolume }) {
      await makeForeignVolume('data')
      const release = makeRelease({ revision: 1, behaviour: 'healthy' })
      await expect(engine.prepare(release, openContext())).rejects.toMatchObject({ code: 'volume-taken' })
      await expect(engine.scaleUp(release, 1, openContext())).rejects.toMatchObject({ code: 'volume-taken' })
      expect(await engine.listVolumes(place, calm())).toEqual([])
      expect((await engine.observe(place, calm())).replicas).toEqual([])
      await engine.remove(place, openContext(), { withData: true })
      await expect(engine.prepare(release, openContext())).rejects.toMatchObject({ code: 'volume-taken' })
    },
  },
  {
    title: 'a dry run says which volume it would make, and makes none',
    options,
    async run(harness) {
      const { engine, place, makeRelease } = harness
      const isOfVolume = ({ object }: { object: string }) => /volume/i.test(object)
      const changes = await engine.preview(makeRelease({ revision: 1, behaviour: 'healthy' }), calm())
      expect(changes.filter(isOfVolume).map(({ action }) => action)).toEqual(['create'])
      expect(await engine.listVolumes(place, calm())).toEqual([])
      await replace(harness, undefined, 1)
      const next = await engine.preview(makeRelease({ revision: 2, behaviour: 'healthy' }), calm())
      expect(next.filter(isOfVolume)).toEqual([])
    },
  },
  {
    title: 'a closed fence keeps a volume from being made and from being removed',
    options,
    async run(harness) {
      const { engine, place, makeRelease } = harness
      const stale = new Error('stale fence')
      const closed = () => openContext({ fence: () => Promise.reject(stale) })
      await expect(start(harness, makeRelease({ revision: 1, behaviour: 'healthy' }), closed())).rejects.toBe(stale)
      expect(await engine.listVolumes(place, calm())).toEqual([])
      await replace(harness, undefined, 1)
      await engine.remove(place, openContext())
      await expect(engine.remove(place, closed(), { withData: true })).rejects.toBe(stale)
      expect(await engine.listVolumes(place, calm())).toEqual(['data'])
    },
  },
]

/** As a plan of this strategy goes about it. */
async function replace(harness: DeployHarness, from: number | undefined, to: number): Promise<void> {
  const { engine, place, makeRelease } = harness
  const release = makeRelease({ revision: to, behaviour: 'healthy' })
  await engine.prepare(release, openContext())
  if (from !== undefined) await engine.scaleDown(place, from, 0, openContext())
  await start(harness, release)
  await engine.finalize(release, [], openContext())
  await expectServed(harness, to)
}

async function start(
  { engine, place }: DeployHarness,
  release: Release,
  context: WorkContext = openContext(),
): Promise<void> {
  if (engine.traits.rolling === 'native') return engine.roll(release, context)
  await engine.scaleUp(release, 1, context)
  await engine.route(place, { [release.revision]: 100 }, context)
}

/** Who asks hears of a new way in a moment late. */
async function expectStored({ request }: DeployHarness, revision: number, text: string): Promise<void> {
  let answer: unknown
  const ask = async () => {
    answer = await request(`/has?text=${text}`).catch((error: unknown) => error)
    return isDeepStrictEqual(answer, { status: 200, revision }) || undefined
  }
  await pollUntil(ask, { deadlineMs: 30_000, intervalMs: 50, signal: calm() })
  expect(answer).toEqual({ status: 200, revision })
}
