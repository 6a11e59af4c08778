import { operations } from '@stevedore/contract'
import { retryJob } from '@stevedore/ledger'
import { defineRoute } from '../../route.ts'
import { viewJob } from '../../views/job-view.ts'

export const retryJobRoute = defineRoute(operations.retryJob, {
  async handle({ context: { ledger }, subject, by, reply }) {
    const job = await retryJob(ledger, { jobId: subject.id, by })
    return reply
      .code(202)
      .header('location', `/v1/jobs/${job.id}`)
      .send(await viewJob(ledger, job))
  },
})
