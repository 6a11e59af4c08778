import type { Screen } from '../../screen.ts'
import { type Access, loadAccess } from './load.ts'
import { viewAccess } from './view.ts'

/** Who can? */
export const accessScreen: Screen<Access> = {
  path: '/console/access',
  entry: { word: 'Access', icon: 'key-round', key: 't' },
  title: () => 'Access',
  load: (_place, state, signal) => loadAccess(state, signal),
  // Tokens and secrets are of no job; what is done here is read again at once.
  isTouchedBy: () => false,
  // Others change it as well.
  oldAfterMs: 30_000,
  view: viewAccess,
}
