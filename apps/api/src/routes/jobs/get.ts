import { operations } from '@stevedore/contract'
import { defineRoute } from '../../route.ts'
import { viewJobDetail } from '../../views/job-view.ts'

export const getJobRoute = defineRoute(operations.getJob, {
  handle: async ({ context, subject: job }) => viewJobDetail(context.ledger, job),
})
