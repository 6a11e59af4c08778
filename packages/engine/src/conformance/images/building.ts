import { expect } from 'vitest'
import { labelKeys } from '../../kit/label-keys.ts'
import { pollUntil } from '../../kit/poll.ts'
import { openJob } from '../context.ts'
import { type ImageHarness, type ImageTest, soon } from './harness.ts'

/** A build ends with all its tags or with none, says why, and keeps secrets to itself. */
export const buildingTests: ImageTest[] = [
  {
    title: 'a build tags, labels and passes arguments as they are',
    async run({ engine, makeBuild, findImage, readFile }) {
      const build = makeBuild('plain', {
        args: { NOTE: 'a; $(id) "b" --x' },
        labels: { 'org.opencontainers.image.title': 'a "shop"' },
      })
      const context = openJob()
      const { imageId, size } = await engine.build(build, context)
      for (const tag of build.tags) expect((await findImage(tag))?.imageId).toBe(imageId)
      const image = await findImage(imageId)
      expect(image?.labels).toMatchObject({
        'org.opencontainers.image.title': 'a "shop"',
        [labelKeys.job]: context.jobId,
      })
      expect(size).toBe(image?.size)
      expect(await readFile(imageId, '/note')).toBe('a; $(id) "b" --x\n')
      expect(context.fractions.at(-1)).toBe(1)
      expect(context.fractions).toEqual([...context.fractions].sort((a, b) => a - b))
    },
  },
  {
    title: 'a build that is repeated gives the same image',
    async run({ engine, makeBuild, findImage }) {
      const build = makeBuild('plain')
      const context = openJob()
      const first = await engine.build(build, context)
      expect(await engine.build(build, context)).toEqual(first)
      for (const tag of build.tags) expect((await findImage(tag))?.imageId).toBe(first.imageId)
    },
  },
  {
    title: 'a step that fails is told with its exit code and last lines, and nothing is left',
    async run(harness) {
      const build = harness.makeBuild('fails')
      const context = openJob()
      await expect(harness.engine.build(build, context)).rejects.toMatchObject({
        code: 'build-failed',
        diagnosis: expect.stringMatching(/code: 7[\s\S]*the reason/),
      })
      await expectNothingLeft(harness, build.tags, context.jobId)
    },
  },
  ...(['missing-base', 'missing-target'] as const).map(
    (behaviour): ImageTest => ({
      title: `a ${behaviour.replace('-', ' ')} is named`,
      async run(harness) {
        const build = harness.makeBuild(behaviour)
        const context = openJob()
        const code = behaviour === 'missing-base' ? 'base-image-missing' : 'target-missing'
        await expect(harness.engine.build(build, context)).rejects.toMatchObject({ code })
        await expectNothingLeft(harness, build.tags, context.jobId)
      },
    }),
  ),
  {
    title: 'the only stage is built under whatever name is asked for, which the log says',
    async run({ engine, makeBuild, readFile }) {
      const build = makeBuild('one-stage', { args: { NOTE: 'alone' } })
      expect(await engine.listStages(build, soon())).toEqual([undefined])
      const context = openJob()
      const { imageId } = await engine.build(build, context)
      expect(await readFile(imageId, '/note')).toBe('alone\n')
      expect(context.lines.filter((line) => /one stage.* production/.test(line))).toHaveLength(1)
    },
  },
  {
    title: 'a build of code that is not trusted fetches no address',
    async run(harness) {
      const reach = {
        addresses: false,
        foreign: [],
        frontends: [],
        registries: [],
        allowedHosts: ['127.0.0.1'],
        maxBytes: 1,
      }
      const build = harness.makeBuild('address', { reach })
      const context = openJob()
      await expect(harness.engine.build(build, context)).rejects.toMatchObject({ code: 'address-not-allowed' })
      await expectNothingLeft(harness, build.tags, context.jobId)
    },
  },
  {
    title: 'a cancel ends the running step within 5 s and leaves nothing tagged',
    async run(harness) {
      const { engine, makeBuild, isStepRunning } = harness
      const build = makeBuild('endless')
      const [stop, reason] = [new AbortController(), new Error('cancelled')]
      const context = openJob({ signal: stop.signal })
      const built = engine.build(build, context).catch((error: unknown) => error)
      await context.waitForLine(/(^|\s)sleeping$/)
      await awaitStep(async () => isStepRunning(build))
      stop.abort(reason)
      const since = performance.now()
      expect(await built).toBe(reason)
      await awaitStep(async () => !(await isStepRunning(build)))
      expect(performance.now() - since).toBeLessThan(5_000)
      await expectNothingLeft(harness, build.tags, context.jobId)
    },
  },
  {
    title: 'a cancel between two tags returns the first to what it meant',
    async run(harness) {
      const { engine, repository, makeBuild, findImage } = harness
      const tags = [`${repository}:a`, `${repository}:b`, `${repository}:c`]
      const first = await engine.build(makeBuild('plain', { tags: [tags[0]!], args: { NOTE: 'first' } }), openJob())
      const [stop, reason] = [new AbortController(), new Error('cancelled')]
      const fence = async () => {
        if (await findImage(tags[1]!)) stop.abort(reason)
      }
      const context = openJob({ signal: stop.signal, fence })
      await expect(engine.build(makeBuild('plain', { tags, args: { NOTE: 'second' } }), context)).rejects.toBe(reason)
      expect((await findImage(tags[0]!))?.imageId).toBe(first.imageId)
      await expectNothingLeft(harness, tags.slice(1), context.jobId)
    },
  },
  {
    title: 'a build without the fence leaves no tag, from whenever it is lost',
    async run({ engine, makeBuild, findImage }) {
      const stale = new Error('stale')
      for (const allowed of [0, 1]) {
        const build = makeBuild('plain')
        let left = allowed
        const fence = async () => {
          if (left-- <= 0) throw stale
        }
        await expect(engine.build(build, openJob({ fence }))).rejects.toBe(stale)
        for (const tag of build.tags) expect(await findImage(tag)).toBeUndefined()
      }
    },
  },
  {
    title: 'a build that has lost the fence leaves what the job’s next attempt has half built',
    async run({ engine, makeBuild, listImagesOf, leaveHalfBuilt }) {
      const stale = new Error('stale')
      const jobId = crypto.randomUUID()
      let [begun, halfBuilt] = [false, '']
      const fence = async () => {
        if (begun) {
          halfBuilt ||= await leaveHalfBuilt(jobId)
          throw stale
        }
        begun = true
      }
      await expect(engine.build(makeBuild('plain'), openJob({ jobId, fence }))).rejects.toBe(stale)
      expect(await listImagesOf(jobId)).toContain(halfBuilt)
    },
  },
  {
    title: 'secrets are there for the build alone',
    buildkit: true,
    async run({ engine, makeBuild, readFile, describeImage }) {
      const value = `s3cret-${crypto.randomUUID()}`
      const context = openJob()
      const { imageId } = await engine.build(makeBuild('secret', { secrets: { TOKEN: value } }), context)
      expect(await readFile(imageId, '/length')).toBe(`${value.length}\n`)
      expect(JSON.stringify([await describeImage(imageId), context.lines])).not.toContain(value)
    },
  },
  {
    title: 'secrets are refused where they could not be kept',
    buildkit: false,
    async run({ engine, makeBuild }) {
      const built = engine.build(makeBuild('plain', { secrets: { TOKEN: 'x' } }), openJob())
      await expect(built).rejects.toMatchObject({ code: 'secrets-need-buildkit' })
    },
  },
  ...[true, false].map(
    (buildkit): ImageTest => ({
      title: `it says that it has ${buildkit ? 'BuildKit' : 'none'}`,
      buildkit,
      async run({ engine }) {
        expect(await engine.describe(soon())).toEqual({ buildkit, version: expect.stringMatching(/./) })
      },
    }),
  ),
]

async function expectNothingLeft({ findImage, listImagesOf }: ImageHarness, tags: string[], jobId: string) {
  for (const tag of tags) expect(await findImage(tag)).toBeUndefined()
  expect(await listImagesOf(jobId)).toEqual([])
}

/** No engine tells when a step's process begins and ends: it is looked for. */
async function awaitStep(condition: () => Promise<boolean>): Promise<void> {
  const ask = async () => (await condition()) || undefined
  expect(await pollUntil(ask, { deadlineMs: 5_000, intervalMs: 50, signal: soon() })).toBe(true)
}
