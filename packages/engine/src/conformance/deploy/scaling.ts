import { expect } from 'vitest'
import { openContext } from '../context.ts'
import { awaitLine, calm, countHealthy, type DeployTest, dropZeros, expectServed, summarize } from './harness.ts'

/** Replicas come and go; what leaves is drained first, and what is repeated changes nothing. */
export const scalingTests: DeployTest[] = [
  {
    title: 'scaleUp makes healthy replicas without traffic, and repeated changes nothing',
    options: { strategy: 'blue-green', replicas: 2 },
    async run({ engine, place, makeRelease }) {
      const release = makeRelease({ revision: 1, behaviour: 'healthy' })
      await engine.prepare(release, openContext())
      await engine.scaleUp(release, 2, openContext())
      const first = await engine.observe(place, calm())
      expect(countHealthy(first)).toEqual({ 1: 2 })
      expect(dropZeros(first.traffic)).toEqual({})
      const made = first.replicas.map(({ image, version }) => ({ image, version }))
      expect(new Set(made.map((one) => JSON.stringify(one)))).toEqual(
        new Set([JSON.stringify({ image: release.image, version: release.version })]),
      )
      await engine.scaleUp(release, 2, openContext())
      expect(summarize(await engine.observe(place, calm()))).toEqual(summarize(first))
    },
  },
  {
    title: 'scaleUp adds to what is there and never stops any',
    options: { strategy: 'blue-green', replicas: 2 },
    async run({ engine, place, makeRelease }) {
      const release = makeRelease({ revision: 1, behaviour: 'healthy' })
      await engine.scaleUp(release, 2, openContext())
      await engine.scaleUp(release, 1, openContext())
      expect(countHealthy(await engine.observe(place, calm()))).toEqual({ 1: 2 })
    },
  },
  {
    title: 'scaleDown lets requests end before it stops a replica',
    options: { strategy: 'blue-green', replicas: 1 },
    async run(harness) {
      const { engine, place, makeRelease, request } = harness
      await engine.scaleUp(makeRelease({ revision: 1, behaviour: 'healthy' }), 1, openContext())
      await engine.route(place, { 1: 100 }, openContext())
      await engine.scaleUp(makeRelease({ revision: 2, behaviour: 'healthy' }), 1, openContext())
      await expectServed(harness, 1)
      const slow = request('/slow?ms=2000')
      await awaitLine(harness, 'revision 1 begins /slow')
      await engine.route(place, { 2: 100 }, openContext())
      await engine.scaleDown(place, 1, 0, openContext())
      expect(await slow).toEqual({ status: 200, revision: 1 })
      expect(countHealthy(await engine.observe(place, calm()))).toEqual({ 2: 1 })
      await expectServed(harness, 2)
    },
  },
  {
    title: 'finalize leaves the release and what is kept warm; remove leaves nothing',
    options: { strategy: 'blue-green', replicas: 1 },
    async run(harness) {
      const { engine, place, makeRelease, request } = harness
      for (const revision of [1, 2, 3]) {
        await engine.scaleUp(makeRelease({ revision, behaviour: 'healthy' }), 1, openContext())
        await engine.route(place, { [revision]: 100 }, openContext())
      }
      const newest = makeRelease({ revision: 3, behaviour: 'healthy' })
      await engine.finalize(newest, [2], openContext())
      expect(countHealthy(await engine.observe(place, calm()))).toEqual({ 2: 1, 3: 1 })
      await engine.finalize(newest, [], openContext())
      await engine.finalize(newest, [], openContext())
      expect(countHealthy(await engine.observe(place, calm()))).toEqual({ 3: 1 })
      await expectServed(harness, 3)
      await engine.remove(place, openContext())
      await engine.remove(place, openContext())
      const gone = await engine.observe(place, calm())
      expect(gone.replicas).toEqual([])
      expect(dropZeros(gone.traffic)).toEqual({})
      const isServed = () =>
        request('/').then(
          ({ status }) => status < 400,
          () => false,
        )
      await expect.poll(isServed, { timeout: 30_000 }).toBe(false)
    },
  },
]
