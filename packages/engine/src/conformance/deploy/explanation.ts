import type { FailureCode } from '@stevedore/contract'
import { expect } from 'vitest'
import { openContext } from '../context.ts'
import {
  type Behaviour,
  calm,
  countHealthy,
  type DeployHarness,
  type DeployTest,
  dropZeros,
  expectServed,
} from './harness.ts'

/** Failures carry a code of the contract and what was seen, leave the traffic where it was and nothing behind. */
export const explanationTests: DeployTest[] = [
  explain('crash', ['container-crashed'], [/\b3\b/, /no such table/]),
  explain('never-healthy', ['never-healthy'], [/503/]),
  explain('missing-image', ['image-missing', 'image-pull-failed'], []),
  {
    title: 'a failed check is named, and its release has got no traffic',
    options: { strategy: 'blue-green', replicas: 1 },
    async run(harness) {
      const { engine, place, makeRelease, request } = harness
      await engine.scaleUp(makeRelease({ revision: 1, behaviour: 'healthy' }), 1, openContext())
      await engine.route(place, { 1: 100 }, openContext())
      await expectServed(harness, 1)
      const next = makeRelease({ revision: 2, behaviour: 'check-fails' })
      await engine.scaleUp(next, 1, openContext())
      await expect(engine.check(next, openContext())).rejects.toMatchObject({ code: 'check-failed' })
      expect(await request('/')).toEqual({ status: 200, revision: 1 })
    },
  },
  {
    title: 'a migration runs once per revision and its lines are kept',
    options: { strategy: 'blue-green', replicas: 1 },
    async run({ engine, makeRelease }) {
      const release = makeRelease({ revision: 1, behaviour: 'migrates' })
      const [first, second] = [openContext(), openContext()]
      await engine.prepare(release, openContext())
      await engine.migrate(release, first)
      expect(first.lines.join('\n')).toContain('migrated')
      await engine.migrate(release, second)
      expect(second.lines.join('\n')).not.toContain('migrated')
    },
  },
  {
    title: 'a failed migration says its last lines',
    options: { strategy: 'blue-green', replicas: 1 },
    async run({ engine, place, makeRelease }) {
      const release = makeRelease({ revision: 1, behaviour: 'migration-fails' })
      await engine.prepare(release, openContext())
      const failure = await engine.migrate(release, openContext()).catch((error) => error)
      expect(failure).toMatchObject({ code: 'migration-failed' })
      expect(failure.diagnosis).toMatch(/no such column/)
      expect(failure.diagnosis).toMatch(/\b4\b/)
      expect((await engine.observe(place, calm())).replicas).toEqual([])
    },
  },
  {
    title: 'logs give what the app printed',
    options: { strategy: 'blue-green', replicas: 1 },
    async run({ engine, place, makeRelease }) {
      await engine.scaleUp(makeRelease({ revision: 1, behaviour: 'healthy' }), 1, openContext())
      const lines: string[] = []
      for await (const line of engine.logs(place, { follow: false, tailLines: 50 }, calm())) lines.push(line)
      expect(lines.join('\n')).toContain('revision 1 listens')
    },
  },
]

function explain(behaviour: Behaviour, codes: FailureCode[], diagnosis: RegExp[]): DeployTest {
  return {
    title: `${behaviour} is named ${codes.join(' or ')}, and the old revision goes on`,
    options: { strategy: 'blue-green', replicas: 1 },
    async run(harness: DeployHarness) {
      const { engine, place, makeRelease, request } = harness
      await engine.scaleUp(makeRelease({ revision: 1, behaviour: 'healthy' }), 1, openContext())
      await engine.route(place, { 1: 100 }, openContext())
      await expectServed(harness, 1)
      const next = makeRelease({ revision: 2, behaviour })
      const failure = await engine
        .prepare(next, openContext())
        .then(() => engine.scaleUp(next, 1, openContext()))
        .catch((error) => error)
      expect(codes).toContain(failure?.code)
      for (const pattern of diagnosis) expect(failure.diagnosis).toMatch(pattern)
      const seen = await engine.observe(place, calm())
      expect(countHealthy(seen)).toEqual({ 1: 1 })
      expect(dropZeros(seen.traffic)).toEqual({ 1: 100 })
      expect(await request('/')).toEqual({ status: 200, revision: 1 })
      await engine.scaleDown(place, 2, 0, openContext())
      expect((await engine.observe(place, calm())).replicas.map(({ revision }) => revision)).toEqual([1])
    },
  }
}
