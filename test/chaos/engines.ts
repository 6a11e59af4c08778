import { createHash } from 'node:crypto'
import type { ImageEngine, WorkContext } from '@stevedore/engine'
import { createFakeDeployEngine } from '@stevedore/engine/fake'
import { getJob, type Ledger } from '@stevedore/ledger'
import type { Engines } from '@stevedore/worker'
import type { Point, Script } from './script.ts'

/** Engines without a vendor, whose effects are lines of the script: each is written directly behind its fence. */
export function createScriptedEngines(script: Script, ledger: Ledger): Engines {
  const deploy = createFakeDeployEngine()
  return { images: createScriptedImageEngine(script, ledger), deploy: { docker: deploy, kubernetes: deploy } }
}

/** An image of its own for each attempt, as real builds give with their dates. */
function createScriptedImageEngine(script: Script, ledger: Ledger): ImageEngine {
  async function act(before: Point, after: Point, context: WorkContext): Promise<string> {
    const { jobId, signal } = context
    const attempt = (await getJob(ledger, jobId))?.attempt ?? 0
    await script.pass(before, { jobId, attempt }, signal)
    try {
      await context.fence()
    } catch (error) {
      script.note({ what: 'refused', point: before, jobId, attempt })
      throw error
    }
    script.note({ what: 'did', point: before, jobId, attempt })
    await script.pass(after, { jobId, attempt }, signal)
    return digestOf(`${jobId} ${attempt}`)
  }

  return {
    describe: async () => ({ buildkit: true, version: 'scripted' }),
    build: async (_build, context) => ({ imageId: await act('build', 'built', context), size: 1_024 }),
    async push({ imageId }, context) {
      await act('push', 'pushed', context)
      return { digest: imageId }
    },
    resolve: async () => undefined,
    remove: async () => {},
    reapBuild: async () => {},
  }
}

/** @param text `JOB ATTEMPT`: whose image it is */
export function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}
