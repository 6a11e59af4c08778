import { expect } from 'vitest'
import type { WorkContext } from '../../work-context.ts'
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
import { runUntilStopped, stopAfter } from './stop-after.ts'

/** Looking changes nothing, an abort leaves nothing half done, and a fence that closes ends every effect. */
export const safetyTests: DeployTest[] = [
  {
    title: 'preview tells what a deploy would change and changes nothing',
    options: { strategy: 'blue-green', replicas: 1 },
    async run({ engine, place, makeRelease }) {
      const release = makeRelease({ revision: 1, behaviour: 'healthy' })
      expect((await engine.preview(release, calm())).map(({ action }) => action)).toContain('create')
      expect((await engine.observe(place, calm())).replicas).toEqual([])
      await engine.scaleUp(release, 1, openContext())
      await engine.route(place, { 1: 100 }, openContext())
      const before = summarize(await engine.observe(place, calm()))
      const changes = await engine.preview(makeRelease({ revision: 2, behaviour: 'healthy' }), calm())
      expect(changes.length).toBeGreaterThan(0)
      expect(summarize(await engine.observe(place, calm()))).toEqual(before)
    },
  },
  {
    title: 'an abort ends the wait for health and leaves nothing half done',
    options: { strategy: 'blue-green', replicas: 1 },
    async run({ engine, place, makeRelease }) {
      const reason = new Error('cancelled by the test')
      const abort = new AbortController()
      const release = makeRelease({ revision: 1, behaviour: 'never-healthy' })
      const event: WorkContext['event'] = (type) => type === 'replica.started' && abort.abort(reason)
      await expect(engine.scaleUp(release, 1, openContext({ signal: abort.signal, event }))).rejects.toBe(reason)
      const seen = await engine.observe(place, calm())
      expect(countHealthy(seen)).toEqual({})
      expect(seen.replicas).toEqual([])
    },
  },
  {
    title: 'two places whose names read the same side by side have a migration each',
    options: { strategy: 'blue-green', replicas: 1 },
    async run({ engine, place, makeRelease }) {
      const { app, environment } = place
      const twins = [
        { app, environment: `b-${environment}` },
        { app: `${app}-b`, environment },
      ]
      try {
        for (const twin of twins) {
          const context = openContext()
          await engine.migrate({ ...makeRelease({ revision: 1, behaviour: 'migrates' }), ...twin }, context)
          expect(context.lines.join('\n')).toContain('migrated')
        }
      } finally {
        for (const twin of twins) await engine.remove({ ...place, ...twin }, openContext())
      }
    },
  },
  {
    title: 'a closed fence keeps every effect away',
    options: { strategy: 'blue-green', replicas: 1 },
    async run(harness) {
      const { engine, place, makeRelease } = harness
      const release = makeRelease({ revision: 1, behaviour: 'healthy' })
      const next = makeRelease({ revision: 2, behaviour: 'healthy' })
      await bringUp(harness)
      const alone = summarize(await engine.observe(place, calm()))
      const stale = new Error('stale fence')
      const closed = () => openContext({ fence: () => Promise.reject(stale) })
      await expect(engine.scaleUp(next, 1, closed())).rejects.toBe(stale)
      await expect(engine.scaleDown(place, 1, 0, closed())).rejects.toBe(stale)
      expect(summarize(await engine.observe(place, calm()))).toEqual(alone)
      // The next release is there: nothing but the fence keeps the others from their effects.
      await engine.scaleUp(next, 1, openContext())
      const both = summarize(await engine.observe(place, calm()))
      await expect(engine.route(place, { 2: 100 }, closed())).rejects.toBe(stale)
      await expect(engine.scaleDown(place, 2, 0, closed())).rejects.toBe(stale)
      await expect(engine.finalize(next, [], closed())).rejects.toBe(stale)
      await expect(engine.finalize(release, [], closed())).rejects.toBe(stale)
      await expect(engine.remove(place, closed())).rejects.toBe(stale)
      expect(summarize(await engine.observe(place, calm()))).toEqual(both)
    },
  },
  {
    title: 'after a stop between any two effects a repeat ends in the same state',
    atEveryStop: true,
    timeoutMs: 600_000,
    options: { strategy: 'blue-green', replicas: 1 },
    async run(harness) {
      const { engine, place, makeRelease, request } = harness
      await bringUp(harness)
      await expectServed(harness, 1)
      for (let allowed = 1, stopped = true; stopped; allowed++) {
        const revision = allowed + 1
        const next = makeRelease({ revision, behaviour: 'healthy' })
        const steps = [
          (context: WorkContext) => engine.scaleUp(next, 1, context),
          (context: WorkContext) => engine.route(place, { [revision]: 100 }, context),
          (context: WorkContext) => engine.scaleDown(place, revision - 1, 0, context),
          (context: WorkContext) => engine.finalize(next, [], context),
        ]
        const done = await runUntilStopped(steps, stopAfter(allowed))
        stopped = done < steps.length
        expect((await request('/')).status).toBe(200)
        for (const step of steps.slice(done)) await step(openContext())
        const seen = await engine.observe(place, calm())
        expect(countHealthy(seen)).toEqual({ [revision]: 1 })
        expect(seen.replicas).toHaveLength(1)
        expect(dropZeros(seen.traffic)).toEqual({ [revision]: 100 })
        expect(seen.drift).toEqual([])
        await expectServed(harness, revision)
      }
    },
  },
]

async function bringUp({ engine, place, makeRelease }: DeployHarness): Promise<void> {
  await engine.scaleUp(makeRelease({ revision: 1, behaviour: 'healthy' }), 1, openContext())
  await engine.route(place, { 1: 100 }, openContext())
}
