import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { Release } from '../../deploy-engine.ts'
import type { WorkContext } from '../../work-context.ts'
import { openContext, openJob } from '../context.ts'
import { calm, type DeployHarness, type DeployTest, dropZeros, expectServed } from './harness.ts'
import { findFailed, startLoad } from './load.ts'
import { answers, bringUp, expectProcesses, namesOf, withProcesses } from './processes.ts'
import { runUntilStopped, stopAfter } from './stop-after.ts'

/** Web's replicas are replaced by themselves as any process' are, without leaving its route empty. */
export const webRestartTests: DeployTest[] = [
  {
    title: 'the replicas of web alone are replaced, and no request fails',
    options: { strategy: 'blue-green', replicas: 2 },
    timeoutMs: 300_000,
    async run(harness) {
      const { engine, request } = harness
      const release = withProcesses(harness, 1, { worker: answers })
      await bringUp(harness, release)
      const [, others] = await namesByKind(harness, release)
      const load = startLoad(request)
      const context = openJob()
      await engine.restartProcess(release, 'web', context)
      expect(findFailed(await load.stop())).toEqual([])
      // A name that has become free may be taken again.
      expect(context.events.filter(({ type }) => type === 'replica.stopped')).toHaveLength(2)
      await expectProcesses(harness, release, { 'web r1': 2, 'worker r1': 1 })
      expect((await namesByKind(harness, release))[1]).toEqual(others)
      const seen = await engine.observe(release, calm())
      expect({ drift: seen.drift, traffic: dropZeros(seen.traffic) }).toEqual({ drift: [], traffic: { 1: 100 } })
      await expectServed(harness, 1)
    },
  },
  {
    title: 'after a stop between any two effects of a restart of web a repeat ends the same, and no request fails',
    atEveryStop: true,
    options: { strategy: 'blue-green', replicas: 1 },
    timeoutMs: 600_000,
    async run(harness) {
      const { engine, request } = harness
      const release = withProcesses(harness, 1, {})
      await bringUp(harness, release)
      const load = startLoad(request)
      for (let allowed = 1, stopped = true; stopped; allowed++) {
        const jobId = randomUUID()
        const [before] = await namesByKind(harness, release)
        const restart = (context: WorkContext) => engine.restartProcess(release, 'web', { ...context, jobId })
        stopped = (await runUntilStopped([restart], stopAfter(allowed))) === 0
        await restart(openContext())
        await expectProcesses(harness, release, { 'web r1': 1 })
        const [after] = await namesByKind(harness, release)
        expect(after.filter((name) => before.includes(name))).toEqual([])
        await restart(openContext())
        expect((await namesByKind(harness, release))[0]).toEqual(after)
      }
      expect(findFailed(await load.stop())).toEqual([])
    },
  },
]

/** The names of web's replicas, and of all others. */
async function namesByKind(harness: DeployHarness, place: Release) {
  const web = await namesOf(harness, place, (process) => process === 'web')
  return [web, await namesOf(harness, place, (process) => process !== 'web')] as const
}
