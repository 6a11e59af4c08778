import { nameJob } from '../../parts/job.ts'
import type { Screen } from '../../screen.ts'
import { type JobData, loadJob } from './load.ts'
import { viewJob } from './view.ts'

/** Where is it, why does it wait, what next? */
export const jobScreen: Screen<JobData> = {
  path: '/console/jobs/:id',
  title: (_place, data) => (data ? nameJob(data.job) : 'Job'),
  load: loadJob,
  isTouchedBy: ({ job }, _place, data) => job === data.job.id || job === data.job.parentId,
  view: viewJob,
}
