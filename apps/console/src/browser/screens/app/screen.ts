import type { Screen } from '../../screen.ts'
import { type AppData, loadApp } from './load.ts'
import { viewApp } from './view.ts'

/** What is this, what was built? */
export const appScreen: Screen<AppData> = {
  path: '/console/apps/:app',
  title: ({ params }) => params.app ?? 'App',
  load: (place, _state, signal) => loadApp(place, signal),
  isTouchedBy: ({ app, type }, { params }) => app === params.app && !/^(step|analysis|replica)\./.test(type),
  // Specs are declared and webhooks come without an event.
  oldAfterMs: 30_000,
  view: viewApp,
}
