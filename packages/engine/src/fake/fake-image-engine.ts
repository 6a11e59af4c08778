import { createHash } from 'node:crypto'
import type { FailureCode } from '@stevedore/contract'
import { FailureError } from '@stevedore/contract'
import type { ImageBuild, ImageEngine } from '../image-engine.ts'

export interface FakeImageOptions {
  /** Whether the builds can have secrets. Default: yes. */
  buildkit?: boolean
  /** The failure of a build or push, where it should have one; asked each time. */
  fail?: (work: 'build' | 'push') => FailureCode | undefined
}

/** An ImageEngine in memory. The same content gives the same image and digest, as with real ones. */
export function createFakeImageEngine({ buildkit = true, fail = () => undefined }: FakeImageOptions = {}): ImageEngine {
  const images = new Map<string, string>()
  const registry = new Map<string, string>()
  const meet = (work: 'build' | 'push') => {
    const code = fail(work)
    if (code) throw new FailureError(code, { diagnosis: `the fake was told to fail the ${work}` })
  }
  return {
    describe: async () => ({ buildkit, version: 'fake' }),
    async build(build, { signal, fence, log, progress }) {
      signal.throwIfAborted()
      if (Object.keys(build.secrets).length > 0 && !buildkit) throw new FailureError('secrets-need-buildkit')
      log(`building ${build.target ?? 'the last stage'}`)
      meet('build')
      await fence()
      const imageId = digestOf(build)
      for (const tag of build.tags) images.set(tag, imageId)
      progress(1)
      return { imageId, size: 1_024 }
    },
    async push({ tags, imageId }, { signal, fence }) {
      signal.throwIfAborted()
      if (tags.some((tag) => images.get(tag) !== imageId)) throw new FailureError('digest-mismatch')
      meet('push')
      await fence()
      for (const tag of tags) registry.set(tag, imageId)
      registry.set(imageId, imageId)
      return { digest: imageId }
    },
    resolve: async (reference) => registry.get(reference.split('@')[1] ?? reference),
    async remove(references) {
      for (const reference of references) images.delete(reference)
    },
    reapBuild: async () => {},
  }
}

function digestOf({ contextDir, dockerfile, target, args, labels }: ImageBuild): string {
  const content = JSON.stringify({ contextDir, dockerfile, target, args, labels })
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}
