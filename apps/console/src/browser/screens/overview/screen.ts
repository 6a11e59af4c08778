import type { Screen } from '../../screen.ts'
import { loadOverview, type Overview } from './load.ts'
import { viewOverview } from './view.ts'

/** Is work flowing, and what needs me? */
export const overviewScreen: Screen<Overview> = {
  path: '/console',
  entry: { word: 'Overview', icon: 'gauge', key: 'o' },
  title: () => 'Overview',
  load: (_place, state, signal) => loadOverview(state, signal),
  // Steps and samples change nothing that is shown here.
  isTouchedBy: ({ type }) => !/^(step|analysis|image)\./.test(type),
  // What was seen to run changes without an event.
  oldAfterMs: 10_000,
  view: viewOverview,
}
