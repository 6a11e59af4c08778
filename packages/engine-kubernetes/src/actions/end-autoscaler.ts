import { sizeOf } from '../state/workload.ts'
import { awaitState, type ReleaseAction } from './action.ts'
import { resize } from './write-objects.ts'

/** Two of the autoscaler's own rounds, which are 15 s: one that has not acted by then is not running. */
const autoscalerMs = 30_000

/**
 * Has the spec's autoscaler, which the spec no longer names, set the size that it leaves behind. One that was removed first, or one
 * whose size was set beside it, may still act on what it saw a moment before, and nobody would put that right again.
 */
export async function endAutoscaler(action: ReleaseAction, name: string, count: number): Promise<void> {
  const { writer } = action
  if (count > 0) {
    await writer.change('HorizontalPodAutoscaler', name, ({ spec }) =>
      spec.minReplicas === count && spec.maxReplicas === count
        ? undefined
        : { spec: { minReplicas: count, maxReplicas: count } },
    )
    const untilMs = performance.now() + autoscalerMs
    await awaitState(action, ({ main }) => sizeOf(main) === count || performance.now() > untilMs)
  }
  await resize(action, 'main', count)
}
