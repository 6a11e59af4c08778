import type { Screen } from '../../screen.ts'
import { loadSystem, type System } from './load.ts'
import { viewSystem } from './view.ts'

/** Is the service well? */
export const systemScreen: Screen<System> = {
  path: '/console/system',
  entry: { word: 'System', icon: 'server', key: 's' },
  title: () => 'System',
  load: loadSystem,
  // What a worker has in hand changes with each of these.
  isTouchedBy: ({ type }) => type.startsWith('job.'),
  // Workers come, go and are lost without an event.
  oldAfterMs: 10_000,
  view: viewSystem,
}
