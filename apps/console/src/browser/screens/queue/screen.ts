import type { Screen } from '../../screen.ts'
import { loadQueue, type Queue } from './load.ts'
import { viewQueue } from './view.ts'

/** What waits, behind what, and for whom? */
export const queueScreen: Screen<Queue> = {
  path: '/console/queue',
  entry: { word: 'Queue', icon: 'list-ordered', key: 'q' },
  title: () => 'Queue',
  load: (_place, state, signal) => loadQueue(state, signal),
  // Nobody's turn depends on steps, samples or images.
  isTouchedBy: ({ type }) => type.startsWith('job.'),
  // Workers come, go and are lost without an event.
  oldAfterMs: 10_000,
  view: viewQueue,
}
