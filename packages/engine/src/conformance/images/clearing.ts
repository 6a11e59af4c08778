import { expect } from 'vitest'
import { openJob } from '../context.ts'
import { type ImageTest, soon } from './harness.ts'

/** What is to go goes, once or twice, and nothing else does. */
export const clearingTests: ImageTest[] = [
  {
    title: 'an image is removed by its tags, which may be gone already',
    async run({ engine, makeBuild, findImage, repository }) {
      const [build, other] = [
        makeBuild('plain', { args: { NOTE: 'one' } }),
        makeBuild('plain', { args: { NOTE: 'other' } }),
      ]
      const { imageId } = await engine.build(build, openJob())
      const kept = await engine.build(other, openJob())
      for (let times = 0; times < 2; times++) {
        await engine.remove([...build.tags, `${repository}:absent`, imageId], soon())
        for (const reference of [...build.tags, imageId]) expect(await findImage(reference)).toBeUndefined()
      }
      for (const tag of other.tags) expect((await findImage(tag))?.imageId).toBe(kept.imageId)
    },
  },
  {
    title: 'what a lost attempt left half built is reaped, and what it or another job has built is not',
    async run({ engine, makeBuild, findImage, listImagesOf, leaveHalfBuilt }) {
      const [context, other] = [openJob(), openJob()]
      const { imageId } = await engine.build(makeBuild('plain', { args: { NOTE: 'done' } }), context)
      await leaveHalfBuilt(context.jobId)
      await leaveHalfBuilt(other.jobId)
      expect(await listImagesOf(context.jobId)).toHaveLength(2)
      for (let times = 0; times < 2; times++) {
        await engine.reapBuild(context.jobId, soon())
        expect(await listImagesOf(context.jobId)).toEqual([imageId])
        expect(await findImage(imageId)).toBeDefined()
        expect(await listImagesOf(other.jobId)).toHaveLength(1)
      }
      await engine.reapBuild(other.jobId, soon())
      expect(await listImagesOf(other.jobId)).toEqual([])
    },
  },
]
