import type { Screen } from '../../screen.ts'
import { type EnvironmentData, loadEnvironment } from './load.ts'
import { viewEnvironment } from './view.ts'

/** What runs, who put it there? */
export const environmentScreen: Screen<EnvironmentData> = {
  path: '/console/apps/:app/:environment',
  title: ({ params }) => `${params.app} ${params.environment}`,
  load: (place, _state, signal) => loadEnvironment(place, signal),
  isTouchedBy: ({ app, environment, type }, { params }) =>
    app === params.app &&
    (environment === params.environment || /^image\./.test(type)) &&
    !/^(step|analysis)\./.test(type),
  // What was seen to run changes without an event.
  oldAfterMs: 10_000,
  view: viewEnvironment,
}
