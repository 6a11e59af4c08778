import { expect } from 'vitest'
import { openJob } from '../context.ts'
import { type ImageHarness, type ImageTest, soon } from './harness.ts'

const anyDigest = `sha256:${'0'.repeat(64)}`

/** What was built, and nothing else, gets to the registry, and its digest is the registry's own. */
export const pushingTests: ImageTest[] = [
  {
    title: 'a push gives the digest that the registry has for every tag, and so does a repeat',
    async run(harness) {
      const { engine, repository, readDigest } = harness
      const image = await makeImage(harness, 'one')
      const context = openJob()
      const { digest } = await engine.push(image, context)
      for (const tag of image.tags) expect(await readDigest(tag)).toBe(digest)
      expect(context.fractions.at(-1)).toBe(1)
      expect(await engine.push(image, openJob())).toEqual({ digest })
      expect(await engine.resolve(image.tags[0]!, undefined, soon())).toBe(digest)
      expect(await engine.resolve(`${repository}@${digest}`, undefined, soon())).toBe(digest)
    },
  },
  {
    title: 'what was never pushed is not there',
    async run({ engine, repository }) {
      expect(await engine.resolve(`${repository}:1`, undefined, soon())).toBeUndefined()
      expect(await engine.resolve(`${repository}@${anyDigest}`, undefined, soon())).toBeUndefined()
    },
  },
  {
    title: 'a tag that has moved since the build is refused',
    async run(harness) {
      const { engine, makeBuild, readDigest } = harness
      const image = await makeImage(harness, 'older')
      const { tags } = image
      await engine.build(makeBuild('plain', { tags, args: { NOTE: 'newer' } }), openJob())
      await expect(engine.push(image, openJob())).rejects.toMatchObject({ code: 'digest-mismatch' })
      for (const tag of tags) expect(await readDigest(tag)).toBeUndefined()
    },
  },
  {
    title: 'an older image is pushed by its own tag, and the moving one is left to the later build',
    async run(harness) {
      const { engine } = harness
      const [older, later] = [await makeImage(harness, 'older'), await makeImage(harness, 'later')]
      const latest = later.tags[1]!
      const context = openJob()
      const pushed = await engine.push({ ...older, tags: [older.tags[0]!, latest] }, context)
      expect(await engine.resolve(older.tags[0]!, undefined, soon())).toBe(pushed.digest)
      expect(await engine.resolve(latest, undefined, soon())).toBeUndefined()
      expect(context.fractions.at(-1)).toBe(1)
      const { digest } = await engine.push(later, openJob())
      expect(await engine.resolve(latest, undefined, soon())).toBe(digest)
    },
  },
  {
    title: 'a tag that is gone cannot be pushed',
    async run({ engine, repository }) {
      const push = { tags: [`${repository}:gone`], imageId: anyDigest, credential: undefined }
      await expect(engine.push(push, openJob())).rejects.toMatchObject({ code: 'image-missing' })
    },
  },
  {
    title: 'a push without the fence reaches no registry',
    async run(harness) {
      const image = await makeImage(harness, 'stale')
      const stale = new Error('stale')
      const fence = () => Promise.reject(stale)
      await expect(harness.engine.push(image, openJob({ fence }))).rejects.toBe(stale)
      for (const tag of image.tags) expect(await harness.readDigest(tag)).toBeUndefined()
    },
  },
  {
    title: 'a push that is cancelled ends with the signal’s own reason',
    async run(harness) {
      const image = await makeImage(harness, 'cancelled')
      const [stop, reason] = [new AbortController(), new Error('cancelled')]
      const fence = async () => stop.abort(reason)
      await expect(harness.engine.push(image, openJob({ signal: stop.signal, fence }))).rejects.toBe(reason)
      for (const tag of image.tags) expect(await harness.readDigest(tag)).toBeUndefined()
    },
  },
]

async function makeImage({ engine, makeBuild }: ImageHarness, note: string) {
  const build = makeBuild('plain', { args: { NOTE: note } })
  const { imageId } = await engine.build(build, openJob())
  return { tags: build.tags, imageId, credential: undefined }
}
