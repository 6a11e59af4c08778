import { expect } from 'vitest'
import { openContext } from '../context.ts'
import {
  calm,
  countHealthy,
  type DeployHarness,
  type DeployTest,
  dropZeros,
  expectServed,
  summarize,
} from './harness.ts'
import { findFailed, startLoad } from './load.ts'

/** Traffic goes where it was said, to healthy replicas only, and no switch costs a request. */
export const routingTests: DeployTest[] = [
  {
    title: 'route serves a revision, and repeated changes nothing',
    options: { strategy: 'blue-green', replicas: 1 },
    async run(harness) {
      const { engine, place, makeRelease } = harness
      await engine.scaleUp(makeRelease({ revision: 1, behaviour: 'healthy' }), 1, openContext())
      await engine.route(place, { 1: 100 }, openContext())
      await expectServed(harness, 1)
      const first = await engine.observe(place, calm())
      expect(dropZeros(first.traffic)).toEqual({ 1: 100 })
      expect(first.drift).toEqual([])
      await engine.route(place, { 1: 100 }, openContext())
      expect(summarize(await engine.observe(place, calm()))).toEqual(summarize(first))
    },
  },
  {
    title: 'route refuses a revision without a healthy replica and leaves the traffic as it was',
    options: { strategy: 'blue-green', replicas: 1 },
    async run(harness) {
      const { engine, place, makeRelease, request } = harness
      await engine.scaleUp(makeRelease({ revision: 1, behaviour: 'healthy' }), 1, openContext())
      await engine.route(place, { 1: 100 }, openContext())
      await expectServed(harness, 1)
      await expect(engine.route(place, { 2: 100 }, openContext())).rejects.toMatchObject({ code: 'never-healthy' })
      expect(dropZeros((await engine.observe(place, calm())).traffic)).toEqual({ 1: 100 })
      expect(await request('/')).toEqual({ status: 200, revision: 1 })
    },
  },
  {
    title: 'a switch under load fails no request',
    options: { strategy: 'blue-green', replicas: 2 },
    async run(harness) {
      const { engine, place, makeRelease, request } = harness
      await engine.scaleUp(makeRelease({ revision: 1, behaviour: 'healthy' }), 2, openContext())
      await engine.route(place, { 1: 100 }, openContext())
      await expectServed(harness, 1)
      const load = startLoad(request)
      const next = makeRelease({ revision: 2, behaviour: 'healthy' })
      await engine.scaleUp(next, 2, openContext())
      await engine.route(place, { 2: 100 }, openContext())
      await engine.scaleDown(place, 1, 0, openContext())
      await engine.finalize(next, [], openContext())
      await expectServed(harness, 2)
      const answers = [...(await load.stop()), await request('/')]
      expect(findFailed(answers)).toEqual([])
      expect(new Set(answers.map((answer) => typeof answer === 'object' && answer.revision))).toEqual(new Set([1, 2]))
    },
  },
  {
    title: 'a canary shares traffic by weight, and all of it returns',
    options: { strategy: 'canary', replicas: 2 },
    async run(harness) {
      const { engine, place, makeRelease } = harness
      await engine.scaleUp(makeRelease({ revision: 1, behaviour: 'healthy' }), 2, openContext())
      await engine.route(place, { 1: 100 }, openContext())
      await engine.scaleUp(makeRelease({ revision: 2, behaviour: 'healthy' }), 2, openContext())
      await engine.route(place, { 1: 50, 2: 50 }, openContext())
      const { traffic } = await engine.observe(place, calm())
      expect(Object.values(traffic).reduce((sum, percent) => sum + percent, 0)).toBe(100)
      expect(traffic[2]).toBe(50)
      await expect.poll(() => measureShare(harness, 2, 20), { timeout: 120_000 }).toBeGreaterThan(0)
      const share = await measureShare(harness, 2, 100)
      expect(share).toBeGreaterThan(0.2)
      expect(share).toBeLessThan(0.8)
      await engine.route(place, { 1: 100 }, openContext())
      await engine.scaleDown(place, 2, 0, openContext())
      await expectServed(harness, 1)
      expect(countHealthy(await engine.observe(place, calm()))).toEqual({ 1: 2 })
    },
  },
  {
    title: 'roll replaces a release by itself under load',
    options: { strategy: 'rolling', replicas: 2 },
    rolling: 'native',
    async run(harness) {
      const { engine, place, makeRelease, request } = harness
      await engine.roll(makeRelease({ revision: 1, behaviour: 'healthy' }), openContext())
      await expectServed(harness, 1)
      const load = startLoad(request)
      await engine.roll(makeRelease({ revision: 2, behaviour: 'healthy' }), openContext())
      await expectServed(harness, 2)
      expect(findFailed(await load.stop())).toEqual([])
      expect(countHealthy(await engine.observe(place, calm()))).toEqual({ 2: 2 })
    },
  },
]

async function measureShare({ request }: DeployHarness, revision: number, requests: number): Promise<number> {
  let hits = 0
  for (let count = 0; count < requests; count++) if ((await request('/')).revision === revision) hits++
  return hits / requests
}
