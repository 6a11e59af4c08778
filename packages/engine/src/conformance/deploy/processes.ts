import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { Observation, Release } from '../../deploy-engine.ts'
import type { WorkContext } from '../../work-context.ts'
import { openContext } from '../context.ts'
import { calm, countHealthy, type DeployHarness, type DeployTest, dropZeros, expectServed } from './harness.ts'
import { runUntilStopped, stopAfter } from './stop-after.ts'

const options = { strategy: 'blue-green', replicas: 1 } as const satisfies DeployTest['options']

/** Processes run beside web in the same revision, come after it and go after it, and nobody is led to them. */
export const processTests: DeployTest[] = [
  {
    title: 'processes run beside web, are told apart from it, and get no requests',
    options,
    async run(harness) {
      const { engine } = harness
      const release = withProcesses(harness, 1, { queue: works, worker: { ...works, replicas: 2 } })
      await bringUp(harness, release)
      const seen = await engine.observe(release, calm())
      expect(countByProcess(seen)).toEqual({ 'queue r1': 1, 'web r1': 1, 'worker r1': 2 })
      expect(dropZeros(seen.traffic)).toEqual({ 1: 100 })
      expect(seen.drift).toEqual([])
      for (let count = 0; count < 6; count++) expect(await harness.request('/')).toEqual({ status: 200, revision: 1 })
      await engine.rollProcesses(release, openContext())
      const names = ({ replicas }: Observation) => replicas.map(({ name }) => name).toSorted()
      expect(names(await engine.observe(release, calm()))).toEqual(names(seen))
    },
  },
  {
    title: 'a new revision replaces the processes, and ends those that its settings no longer name',
    options,
    async run(harness) {
      const { engine } = harness
      await bringUp(harness, withProcesses(harness, 1, { queue: answers, worker: { ...answers, replicas: 2 } }))
      const second = withProcesses(harness, 2, { worker: answers })
      await engine.scaleUp(second, 1, openContext())
      await engine.route(second, { 2: 100 }, openContext())
      expect(countByProcess(await engine.observe(second, calm()))).toMatchObject({ 'queue r1': 1, 'worker r1': 2 })
      await engine.rollProcesses(second, openContext())
      await engine.finalize(second, [], openContext())
      await expectProcesses(harness, second, { 'web r2': 1, 'worker r2': 1 })
      const third = withProcesses(harness, 3, {})
      await bringUp(harness, third)
      await expectProcesses(harness, third, { 'web r3': 1 })
      await expectServed(harness, 3)
    },
  },
  {
    title: 'a process that does not come up fails with its last lines, and the former ones are rolled back',
    options,
    async run(harness) {
      const { engine } = harness
      const first = withProcesses(harness, 1, { worker: answers })
      await bringUp(harness, first)
      const second = withProcesses(harness, 2, { worker: crashes })
      await engine.scaleUp(second, 1, openContext())
      await engine.route(second, { 2: 100 }, openContext())
      const failed = await engine.rollProcesses(second, openContext()).catch((error: unknown) => error)
      expect(failed).toMatchObject({ code: 'container-crashed' })
      expect((failed as { diagnosis: string }).diagnosis).toContain('cannot start')
      await engine.route(first, { 1: 100 }, openContext())
      await engine.rollProcesses(first, openContext())
      await engine.scaleDown(first, 2, 0, openContext())
      await engine.finalize(first, [], openContext())
      await expectProcesses(harness, first, { 'web r1': 1, 'worker r1': 1 })
      await expectServed(harness, 1)
    },
  },
  {
    title: 'a process is not begun before those that it comes after are healthy',
    options,
    async run(harness) {
      const { engine } = harness
      const first = withProcesses(harness, 1, { early: { ...answers, after: ['late'] }, late: answers })
      await bringUp(harness, first)
      await expectProcesses(harness, first, { 'web r1': 1, 'early r1': 1, 'late r1': 1 })
      const second = withProcesses(harness, 2, { early: { ...answers, after: ['late'] }, late: crashes })
      await engine.scaleUp(second, 1, openContext())
      await expect(engine.rollProcesses(second, openContext())).rejects.toMatchObject({ code: 'container-crashed' })
      const { replicas } = await engine.observe(second, calm())
      expect(replicas.filter(({ process, revision }) => process === 'early' && revision === 2)).toEqual([])
    },
  },
  {
    title: 'the end of a revision ends its processes, and the end of a place all of them',
    options,
    async run(harness) {
      const { engine, place } = harness
      const first = withProcesses(harness, 1, { worker: answers })
      await bringUp(harness, first)
      await engine.remove(place, openContext())
      expect(countByProcess(await engine.observe(first, calm()))).toEqual({})
      expect(await listOwn(harness)).toEqual([])
      await engine.scaleUp(first, 1, openContext())
      await engine.rollProcesses(first, openContext())
      await engine.scaleDown(first, 1, 0, openContext())
      await expectProcesses(harness, first, {})
    },
  },
  {
    title: 'a dry run tells of processes, and makes none',
    options,
    async run(harness) {
      const { engine } = harness
      const release = withProcesses(harness, 1, { worker: answers })
      const told = (await engine.preview(release, calm())).filter(({ object }) => object.includes('worker'))
      expect(told.map(({ action }) => action)).toEqual(['create'])
      expect(countByProcess(await engine.observe(release, calm()))).toEqual({})
      await bringUp(harness, release)
      const without = (await engine.preview(withProcesses(harness, 2, {}), calm())).filter(({ object }) =>
        object.includes('worker'),
      )
      expect(without.map(({ action }) => action)).toEqual(['delete'])
    },
  },
  {
    title: 'the output of one process can be asked for alone',
    options,
    async run(harness) {
      const { engine } = harness
      const release = withProcesses(harness, 1, { queue: answers, worker: answers })
      await bringUp(harness, release)
      const read = async (process?: string) => {
        const lines: string[] = []
        const asked = { follow: false, tailLines: 50, process }
        for await (const line of engine.logs(release, asked, calm())) lines.push(line)
        return lines.join('\n')
      }
      const [all, worker, web] = [await read(), await read('worker'), await read('web')]
      for (const line of ['queue of revision 1', 'worker of revision 1', 'revision 1 listens'])
        expect(all).toContain(line)
      expect(worker).toContain('worker of revision 1')
      expect(worker).not.toMatch(/queue of|listens/)
      expect(web).toContain('revision 1 listens')
      expect(web).not.toMatch(/worker of|queue of/)
    },
  },
  {
    title: 'the replicas of one process are replaced, and after a stop between any two effects a repeat ends the same',
    timeoutMs: 600_000,
    options,
    async run(harness) {
      const { engine } = harness
      const release = withProcesses(harness, 1, { queue: answers, worker: { ...answers, replicas: 2 } })
      await bringUp(harness, release)
      const kept = await namesOf(harness, release, (process) => process !== 'worker')
      for (let allowed = 1, stopped = true; stopped; allowed++) {
        const jobId = randomUUID()
        const before = await namesOf(harness, release, (process) => process === 'worker')
        const restart = (context: WorkContext) => engine.restartProcess(release, 'worker', { ...context, jobId })
        stopped = (await runUntilStopped([restart], stopAfter(allowed))) === 0
        await restart(openContext())
        await expectProcesses(harness, release, { 'queue r1': 1, 'web r1': 1, 'worker r1': 2 })
        const after = await namesOf(harness, release, (process) => process === 'worker')
        expect(after.filter((name) => before.includes(name))).toEqual([])
        await restart(openContext())
        expect(await namesOf(harness, release, (process) => process === 'worker')).toEqual(after)
      }
      expect(await namesOf(harness, release, (process) => process !== 'worker')).toEqual(kept)
      expect((await engine.observe(release, calm())).drift).toEqual([])
    },
  },
  {
    title: 'after a stop between any two effects a repeat ends with the processes of the new revision alone',
    atEveryStop: true,
    timeoutMs: 600_000,
    options,
    async run(harness) {
      const { engine } = harness
      await bringUp(harness, withProcesses(harness, 1, { worker: answers }))
      for (let allowed = 1, stopped = true; stopped; allowed++) {
        const next = withProcesses(harness, allowed + 1, { worker: answers })
        await engine.scaleUp(next, 1, openContext())
        await engine.route(next, { [next.revision]: 100 }, openContext())
        const roll = (context: WorkContext) => engine.rollProcesses(next, context)
        stopped = (await runUntilStopped([roll], stopAfter(allowed))) === 0
        await roll(openContext())
        await engine.finalize(next, [], openContext())
        await expectProcesses(harness, next, { [`web r${next.revision}`]: 1, [`worker r${next.revision}`]: 1 })
      }
    },
  },
]

interface Wanted {
  command: string[]
  replicas?: number
  health?: { command: string[]; interval: string; threshold: number }
  after?: string[]
}

/** `$0` is its name; what is told to end does so at once. */
const works: Wanted = {
  command: ['sh', '-c', 'trap "exit 0" TERM; echo "$0 of revision $REVISION"; while :; do sleep 1 & wait $!; done'],
}
/** Healthy as soon as it can be asked, in place of once it has run for a while. */
export const answers: Wanted = { ...works, health: { command: ['true'], interval: '200ms', threshold: 1 } }
const crashes: Wanted = { command: ['sh', '-c', 'echo "cannot start: $0"; exit 3'] }

export function withProcesses(
  { makeRelease }: DeployHarness,
  revision: number,
  wanted: Record<string, Wanted>,
): Release {
  const release = makeRelease({ revision, behaviour: 'healthy' })
  const named = Object.entries(wanted).map(([name, { command, replicas = 1, ...more }]) => [
    name,
    { command: [...command, name], replicas, ...more },
  ])
  return { ...release, settings: { ...release.settings, processes: Object.fromEntries(named) } }
}

/** As a plan of this strategy goes about it. */
export async function bringUp(harness: DeployHarness, release: Release): Promise<void> {
  const { engine } = harness
  await engine.prepare(release, openContext())
  await engine.scaleUp(release, release.settings.replicas, openContext())
  await engine.route(release, { [release.revision]: 100 }, openContext())
  await engine.rollProcesses(release, openContext())
  await engine.finalize(release, [], openContext())
  await expectServed(harness, release.revision)
}

/** The names of replicas of such processes; `web` has no other name. */
export async function namesOf({ engine }: DeployHarness, place: Release, isMeant: (process: string) => boolean) {
  const { replicas } = await engine.observe(place, calm())
  return replicas
    .filter(({ process = 'web' }) => isMeant(process))
    .map(({ name }) => name)
    .toSorted()
}

/** Healthy replicas by process and revision; of what is leaving none. */
function countByProcess({ replicas }: Observation): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { process = 'web', revision, healthy } of replicas) {
    const key = `${process} r${revision}`
    if (healthy) counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

export async function expectProcesses({ engine }: DeployHarness, place: Release, wanted: Record<string, number>) {
  const seen = await engine.observe(place, calm())
  expect(countByProcess(seen)).toEqual(wanted)
  expect(Object.values(countHealthy(seen)).reduce((sum, count) => sum + count, 0)).toBe(seen.replicas.length)
}

/** What the engine finds of the place when it looks for whatever is there. */
async function listOwn({ engine, place }: DeployHarness) {
  const hosts = await engine.listPlaces(calm())
  return hosts
    .flatMap(({ places }) => places)
    .filter(({ app, environment }) => app === place.app && environment === place.environment)
}
