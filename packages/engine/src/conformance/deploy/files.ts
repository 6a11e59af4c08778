import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import type { Release } from '../../deploy-engine.ts'
import { pollUntil } from '../../kit/poll.ts'
import { openContext } from '../context.ts'
import { calm, type DeployHarness, type DeployTest, type WantedRelease } from './harness.ts'

const first: WantedRelease['files'] = {
  '/opt/app/motd': { text: 'first\n' },
  '/opt/app/bin/greet': { text: '#!/bin/sh\n', mode: '0555' },
}
const second: WantedRelease['files'] = { '/opt/app/motd': { text: 'zweite „Zeile“\n', mode: '0555' } }

/** Each revision runs with the files that it came with. */
export const fileTests: DeployTest[] = [
  {
    title: 'the files of a revision are there, others with the next one, and the first again with a return to it',
    options: { strategy: 'rolling', replicas: 1 },
    async run(harness) {
      const { engine, makeRelease } = harness
      const one = makeRelease({ revision: 1, behaviour: 'migrates', files: first })
      const two = makeRelease({ revision: 2, behaviour: 'healthy', files: second })
      await engine.migrate(one, openContext())
      await bring(harness, one)
      await expectFile(harness, { revision: 1, path: '/opt/app/motd', text: 'first\n', mode: '0444' })
      await expectFile(harness, { revision: 1, path: '/opt/app/bin/greet', text: '#!/bin/sh\n', mode: '0555' })
      expect((await engine.observe(one, calm())).drift).toEqual([])
      // As a spec declares it, before a deploy has read the source: a place is looked at all the same.
      const files = { '/opt/app/motd': { from: 'motd', mode: '0444' } } as const
      await engine.observe({ ...one, settings: { ...one.settings, files } }, calm())
      const fields = (await engine.preview(two, calm())).flatMap((change) => change.fields)
      const changed = fields.find(({ field }) => field === 'file /opt/app/motd')
      expect(changed).toMatchObject({ from: expect.stringContaining('first'), to: expect.stringContaining('zweite') })
      expect(fields).toContainEqual(
        expect.objectContaining({ field: 'file /opt/app/bin/greet', from: expect.any(String) }),
      )
      await bring(harness, two)
      await expectFile(harness, { revision: 2, path: '/opt/app/motd', text: 'zweite „Zeile“\n', mode: '0555' })
      const gone = { path: '/opt/app/bin/greet', text: '#!/bin/sh\n', mode: '0555' }
      await expectFile(harness, { revision: 2, status: 404, ...gone })
      await bring(harness, one)
      await expectFile(harness, { revision: 1, path: '/opt/app/motd', text: 'first\n', mode: '0444' })
      await engine.remove(one, openContext())
    },
  },
]

/** As a plan of this strategy goes about it. */
async function bring({ engine, place }: DeployHarness, release: Release): Promise<void> {
  await engine.prepare(release, openContext())
  if (engine.traits.rolling === 'native') await engine.roll(release, openContext())
  else {
    await engine.scaleUp(release, 1, openContext())
    await engine.route(place, { [release.revision]: 100 }, openContext())
  }
  await engine.finalize(release, [], openContext())
}

interface WantedFile {
  revision: number
  path: string
  text: string
  mode: string
  status?: number
}

/** Who asks hears of a new way in a moment late. */
async function expectFile({ request }: DeployHarness, { revision, status = 200, ...file }: WantedFile): Promise<void> {
  let answer: unknown
  const ask = async () => {
    answer = await request(`/file?${new URLSearchParams(file)}`).catch((error: unknown) => error)
    return isDeepStrictEqual(answer, { status, revision }) || undefined
  }
  await pollUntil(ask, { deadlineMs: 30_000, intervalMs: 50, signal: calm() })
  expect(answer).toEqual({ status, revision })
}
