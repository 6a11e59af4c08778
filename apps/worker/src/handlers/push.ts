import type { PushPayload } from '@stevedore/contract'
import type { Outcome } from '../executor/outcome.ts'
import type { Run } from '../executor/run.ts'
import { pushLimits, pushTarget } from './build.ts'
import { resolveFollowUps } from './follow-ups.ts'

/** Pushes built images to their registry. */
export async function push(run: Run): Promise<Outcome> {
  const { images } = run.job.payload as PushPayload
  run.expectSteps(images.length)
  const pushed: { version: string; target: string; digest: string }[] = []
  for (const { version, target } of images) {
    const { digest } = await run.step(
      `push ${target}`,
      (context) => pushTarget(run, context, version, target),
      pushLimits,
    )
    pushed.push({ version, target, digest })
  }
  const followUps = await resolveFollowUps(run, images[0]?.version ?? '')
  return { type: 'succeeded', result: { images: pushed }, ...(followUps && { followUps }) }
}
