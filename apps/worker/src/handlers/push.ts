import type { Outcome } from '../attempt/outcome.ts'
import type { Run } from '../attempt/run.ts'
import { continuePipeline } from './continue-pipeline.ts'
import { pushTarget } from './push-target.ts'

/** Pushes built images to their registry. */
export async function push(run: Run<'push'>): Promise<Outcome> {
  const { images } = run.job.resolved
  run.expectSteps(images.length)
  const pushed: { version: string; target: string; digest: string }[] = []
  for (const { version, target } of images)
    pushed.push({ version, target, ...(await pushTarget(run, version, target)) })
  return continuePipeline(
    run,
    { version: images[0]?.version ?? '', target: run.job.request.target },
    { images: pushed },
  )
}
