import type { Screen } from '../../screen.ts'
import { type Audit, loadAudit } from './load.ts'
import { viewAudit } from './view.ts'

/** Who did what? */
export const auditScreen: Screen<Audit> = {
  path: '/console/audit',
  entry: { word: 'Audit', icon: 'scroll-text', key: 'l' },
  title: ({ query }) => (query.has('entry') ? `Audit, entry ${query.get('entry')}` : 'Audit'),
  load: loadAudit,
  // Older parts do not change any more.
  isTouchedBy: ({ type }, { query }) => type.startsWith('job.') && !query.has('cursor'),
  // Not all that is done is of a job.
  oldAfterMs: 30_000,
  view: viewAudit,
}
