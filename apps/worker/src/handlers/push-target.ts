import { stepResults } from '@stevedore/contract'
import type { Run } from '../attempt/run.ts'

/** A push that moves nothing for so long is stuck; layers that have arrived are not sent again. */
const timeoutMs = 30 * 60_000

/** The step that pushes an image as it was recorded and records the digest that the registry gives back. */
export function pushTarget(run: Run, version: string, target: string): Promise<{ digest: string }> {
  const { ledger, job, worker } = run
  return run.step(
    `push ${target}`,
    stepResults.push,
    async (context) => {
      const [image] = await ledger.listImages({ app: job.app, version, target, limit: 1 })
      if (!image) throw new Error(`no image of ${job.app} ${version} ${target} is recorded`)
      const { tags, imageId, registry } = image
      const credential = registry === null ? undefined : await run.secrets.revealRegistryCredential(registry)
      const { digest } = await worker.engines.images.push({ tags, imageId, credential }, context)
      await ledger.recordPush({ app: job.app, version, target, digest })
      return { digest }
    },
    { timeoutMs },
  )
}
