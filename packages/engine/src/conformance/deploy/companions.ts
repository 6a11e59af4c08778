import { environmentSpec, listServices, type RecordedService, settingsOfService } from '@stevedore/contract'
import { expect } from 'vitest'
import type { Observation, Release } from '../../deploy-engine.ts'
import type { WorkContext } from '../../work-context.ts'
import { openContext } from '../context.ts'
import { calm, type DeployHarness, type DeployTest, dropZeros, expectServed } from './harness.ts'
import { runUntilStopped, stopAfter } from './stop-after.ts'

const options = { strategy: 'rolling', replicas: 1, serviceVolumes: ['db.data'] } satisfies DeployTest['options']

/** A companion runs beside the app, is replaced only when that is asked for, and keeps what it has. */
export const serviceTests: DeployTest[] = [
  {
    title: 'a companion is there once, stays as it is, and is no replica of the app',
    options,
    async run(harness) {
      const { engine } = harness
      const companion = makeCompanion(harness, 1)
      await startCompanion(harness, companion)
      await startCompanion(harness, companion)
      const seen = await engine.observe(harness.place, calm())
      expect(listSeen(seen)).toEqual(['db r1 healthy'])
      expect(seen.replicas).toEqual([])
      await bringUp(harness, 1)
      await bringUp(harness, 2)
      await engine.scaleDown(appOf(harness, 1), 1, 0, openContext())
      const served = await engine.observe(appOf(harness, 2), calm())
      expect(listSeen(served)).toEqual(['db r1 healthy'])
      expect(dropZeros(served.traffic)).toEqual({ 2: 100 })
      expect(served.replicas.map(({ revision }) => revision)).toEqual([2])
      expect(served.drift).toEqual([])
      await expectServed(harness, 2)
    },
  },
  {
    title: 'a companion of another revision takes the place of the one that runs, with its volume',
    options,
    async run(harness) {
      const { engine } = harness
      const [first, second] = [makeCompanion(harness, 1), makeCompanion(harness, 2)]
      await startCompanion(harness, first)
      expect(await engine.listVolumes(first, calm())).toEqual(['db.data'])
      await startCompanion(harness, second)
      expect(listSeen(await engine.observe(harness.place, calm()))).toEqual(['db r2 healthy'])
      expect(await engine.listVolumes(first, calm())).toEqual(['db.data'])
      await startCompanion(harness, first)
      expect(listSeen(await engine.observe(harness.place, calm()))).toEqual(['db r1 healthy'])
    },
  },
  {
    title: 'a companion that does not come up fails with its last lines and leaves nothing that runs',
    options,
    async run(harness) {
      const { engine } = harness
      const broken = makeCompanion(harness, 1, ['sh', '-c', 'echo "cannot start: no such table"; exit 3'])
      const failed = await startCompanion(harness, broken).catch((error: unknown) => error)
      expect(failed).toMatchObject({ code: 'container-crashed' })
      expect((failed as { diagnosis: string }).diagnosis).toContain('cannot start')
      expect((await engine.observe(harness.place, calm())).services).toBeUndefined()
    },
  },
  {
    title: 'what is missing of companions is drift, and a removal ends them but for their data',
    options,
    async run(harness) {
      const { engine, place } = harness
      await bringUp(harness, 1)
      const fields = async () => (await engine.observe(appOf(harness, 1), calm())).drift.map(({ field }) => field)
      expect(await fields()).toEqual(['service db'])
      const companion = makeCompanion(harness, 1)
      await startCompanion(harness, companion)
      expect(await fields()).toEqual([])
      await engine.remove(place, openContext())
      expect((await engine.observe(place, calm())).services).toBeUndefined()
      expect(await engine.listVolumes(place, calm())).toEqual(['db.data'])
      await startCompanion(harness, companion)
      expect(listSeen(await engine.observe(place, calm()))).toEqual(['db r1 healthy'])
      await engine.remove(place, openContext(), { withData: true })
      expect(await engine.listVolumes(place, calm())).toEqual([])
    },
  },
  {
    title: 'after a stop between any two effects of its making and of its replacement a repeat ends with one that runs',
    atEveryStop: true,
    timeoutMs: 600_000,
    options,
    async run(harness) {
      const { engine } = harness
      for (let allowed = 1, stopped = true; stopped; allowed++) {
        const next = makeCompanion(harness, allowed)
        const begin = (context: WorkContext) => engine.startService!(next, context)
        stopped = (await runUntilStopped([begin], stopAfter(allowed))) === 0
        await begin(openContext())
        expect(listSeen(await engine.observe(harness.place, calm()))).toEqual([`db r${allowed} healthy`])
      }
    },
  },
]

const works = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done']

/** Healthy as soon as it can be asked, in place of once it has run for a while. */
const health = { command: ['true'], interval: '200ms', threshold: 1 }

function declare(command: string[]) {
  const image = `example.com/db@sha256:${'a'.repeat(64)}`
  const service = { image, command, health, volume: { path: '/data', size: '64Mi' } }
  const parsed = environmentSpec.parse({ engine: 'docker', services: { db: service } })
  return parsed.services
}

/** Of the image of the harness's app. */
export function makeCompanion(harness: DeployHarness, revision: number, command = works): Release {
  const release = harness.makeRelease({ revision, behaviour: 'healthy' })
  const [{ name, ...service } = { name: '' }] = listServices({ services: declare(command) })
  const settings = settingsOfService(release.settings, name, service as RecordedService)
  return { ...release, settings, service: { name, port: undefined } }
}

function appOf({ makeRelease }: DeployHarness, revision: number): Release {
  const release = makeRelease({ revision, behaviour: 'healthy' })
  return { ...release, settings: { ...release.settings, services: declare(works) } }
}

export async function startCompanion({ engine }: DeployHarness, companion: Release): Promise<void> {
  await engine.startService?.(companion, openContext())
}

/** As a plan of this strategy goes about it. */
async function bringUp(harness: DeployHarness, revision: number): Promise<void> {
  const { engine } = harness
  const release = appOf(harness, revision)
  await engine.prepare(release, openContext())
  await engine.scaleUp(release, 1, openContext())
  await engine.route(release, { [revision]: 100 }, openContext())
  await engine.finalize(release, [], openContext())
}

function listSeen({ services = [] }: Observation): string[] {
  return services.map(({ name, revision, healthy }) => `${name} r${revision} ${healthy ? 'healthy' : 'unhealthy'}`)
}
