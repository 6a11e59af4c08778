import type { Screen } from '../../screen.ts'
import { type Declaration, loadDeclaration } from './load.ts'
import { viewDeclaration } from './view.ts'

/** Declares an app, or changes its spec. */
export const declareScreen: Screen<Declaration> = {
  path: '/console/declare',
  title: ({ query }) => (query.get('app') ? `Spec of ${query.get('app')}` : 'Declare an app'),
  load: loadDeclaration,
  isTouchedBy: () => false,
  view: viewDeclaration,
}
