import type { Screen } from '../../screen.ts'
import { type Approvals, loadApprovals } from './load.ts'
import { viewApprovals } from './view.ts'

/** What may I decide? */
export const approvalsScreen: Screen<Approvals> = {
  path: '/console/approvals',
  entry: { word: 'Approvals', icon: 'stamp', key: 'a' },
  title: (_place, data) => (data?.pending.length ? `Approvals (${data.pending.length})` : 'Approvals'),
  load: (_place, _state, signal) => loadApprovals(signal),
  // An approval names what it would replace, which the end of any deploy changes.
  isTouchedBy: ({ type }) => /^(job|environment)\./.test(type),
  view: viewApprovals,
}
