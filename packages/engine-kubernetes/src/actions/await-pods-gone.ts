import type { Pod } from '../client/kinds.ts'
import { selectSlot } from '../spec/deployment.ts'
import { type Action, awaitState } from './action.ts'

/** Waits until `main` has none of these pods any more, those that are ending included. */
export async function awaitPodsGone(action: Action, isMeant: (pod: Pod) => boolean = () => true): Promise<void> {
  const { place, writer } = action
  const { matchLabels } = selectSlot(place, 'main')
  await awaitState(action, async (state) => {
    const labels = state.adopted ? (state.main?.deployment.spec.selector.matchLabels ?? matchLabels) : matchLabels
    return !(await writer.list('Pod', { labels })).some(isMeant)
  })
}
