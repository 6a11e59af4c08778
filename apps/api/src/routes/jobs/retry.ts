import { jobView } from '@stevedore/contract'
import { retryJob } from '@stevedore/ledger'
import { z } from 'zod'
import { defineRoute } from '../../route.ts'
import { viewJob } from '../../views/job-view.ts'
import { jobParams } from './params.ts'

export const retryJobRoute = defineRoute({
  method: 'POST',
  url: '/v1/jobs/:id/retry',
  name: 'retryJob',
  summary: 'Record a new job with the same payload as one that failed, was cancelled or superseded.',
  access: { right: 'deploy', reach: 'job' },
  params: jobParams,
  body: z.strictObject({}).optional(),
  answers: { 202: jobView },
  async handle({ edge: { ledger }, subject, by, reply }) {
    const job = await retryJob(ledger, { jobId: subject.id, by })
    return reply
      .code(202)
      .header('location', `/v1/jobs/${job.id}`)
      .send(await viewJob(ledger, job))
  },
})
