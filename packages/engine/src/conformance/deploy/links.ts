import { expect } from 'vitest'
import type { Release } from '../../deploy-engine.ts'
import { pollUntil } from '../../kit/poll.ts'
import type { WorkContext } from '../../work-context.ts'
import { openContext } from '../context.ts'
import { calm, type DeployHarness, type DeployTest } from './harness.ts'
import { findFailed, startLoad } from './load.ts'
import { runUntilStopped, stopAfter } from './stop-after.ts'

const options = { strategy: 'blue-green', replicas: 1, linked: 'by-both' } satisfies DeployTest['options']

/** What is linked by both sides is found by its name, whatever serves there; what is not linked is not reached. */
export const linkTests: DeployTest[] = [
  {
    title: 'a link leads to what serves by then, and a switch costs it no request',
    options,
    async run(harness) {
      const { engine, makeRelease } = harness
      const caller = callerOf(harness)
      await deploy(harness, caller.release)
      await expect(caller.ask()).rejects.toThrow()
      await deploy(harness, makeRelease({ revision: 1, behaviour: 'healthy' }))
      if (caller.isToldOnce) await deploy(harness, { ...caller.release, revision: 2 })
      expect(await caller.ask()).toEqual({ status: 200, revision: 1 })
      expect((await engine.observe(caller.release, calm())).drift).toEqual([])
      const load = startLoad(caller.ask)
      await deploy(harness, makeRelease({ revision: 2, behaviour: 'healthy' }))
      expect(await caller.ask()).toEqual({ status: 200, revision: 2 })
      const replies = await load.stop()
      expect(findFailed(replies)).toEqual([])
      expect(replies.length).toBeGreaterThan(0)
      await engine.remove(harness.place, openContext())
      await expectNobody(caller)
    },
  },
  {
    title: 'a link of one side leads nowhere, and neither does the way back',
    options: { ...options, linked: 'by-caller' },
    async run(harness) {
      const caller = callerOf(harness)
      await deploy(harness, harness.makeRelease({ revision: 1, behaviour: 'healthy' }))
      await deploy(harness, caller.release)
      await expect(caller.ask()).rejects.toThrow()
    },
  },
  {
    title: 'a link ends with what is deployed without it, on either side',
    options,
    async run(harness) {
      const { engine, makeRelease } = harness
      const caller = callerOf(harness)
      const first = makeRelease({ revision: 1, behaviour: 'healthy' })
      await deploy(harness, first)
      await deploy(harness, caller.release)
      expect(await caller.ask()).toEqual({ status: 200, revision: 1 })
      const second = makeRelease({ revision: 2, behaviour: 'healthy' })
      await deploy(harness, { ...second, settings: { ...second.settings, linkedBy: ['another'] } })
      if (!caller.isOpen) await expect(caller.ask()).rejects.toThrow()
      await deploy(harness, { ...first, revision: 3 })
      expect((await caller.ask()).status).toBe(200)
      const without = { ...caller.release.settings, links: undefined }
      await deploy(harness, { ...caller.release, revision: 2, settings: without })
      await expect(caller.ask()).rejects.toThrow()
      await engine.remove(caller.release, openContext())
      expect((await engine.observe(caller.release, calm())).drift).toEqual([])
    },
  },
  {
    title: 'a link that is missing is drift, is told in a preview, and stands after a stop between any two effects',
    options,
    async run(harness) {
      const { engine } = harness
      const { release, ask } = callerOf(harness)
      await deploy(harness, harness.makeRelease({ revision: 1, behaviour: 'healthy' }))
      const unlinked = { ...release, settings: { ...release.settings, links: undefined } }
      await deploy(harness, unlinked)
      const { drift } = await engine.observe(release, calm())
      expect(drift.map(({ field }) => field)).toEqual([`link ${harness.place.app}`])
      const changes = await engine.preview({ ...release, revision: 2 }, calm())
      expect(changes.map(({ action, object }) => `${action} ${object}`)).toContainEqual(
        `create link ${harness.place.app}/${harness.place.environment}`,
      )
      const bring = (context: WorkContext) => engine.prepare({ ...release, revision: 2 }, context)
      for (let allowed = 1, stopped = true; stopped; allowed++)
        stopped = (await runUntilStopped([bring], stopAfter(allowed))) === 0
      await deploy(harness, { ...release, revision: 2 })
      expect((await engine.observe(release, calm())).drift).toEqual([])
      expect(await ask()).toEqual({ status: 200, revision: 1 })
    },
  },
]

/** At once, or once what carries requests has followed. */
async function expectNobody({ ask }: Pick<NonNullable<DeployHarness['caller']>, 'ask'>): Promise<void> {
  const isGone = () =>
    ask().then(
      () => undefined,
      () => true,
    )
  const poll = { deadlineMs: 60_000, intervalMs: 200, signal: AbortSignal.timeout(90_000) }
  expect(await pollUntil(isGone, poll), 'nobody answers').toBe(true)
}

function callerOf({ caller }: DeployHarness): NonNullable<DeployHarness['caller']> {
  if (!caller) throw new Error('this harness has no other place')
  return caller
}

async function deploy({ engine }: DeployHarness, release: Release): Promise<void> {
  await engine.prepare(release, openContext())
  await engine.scaleUp(release, 1, openContext())
  await engine.route(release, { [release.revision]: 100 }, openContext())
  await engine.finalize(release, [], openContext())
}
