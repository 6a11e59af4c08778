import { jobDetailView } from '@stevedore/contract'
import { defineRoute } from '../../route.ts'
import { viewJobDetail } from '../../views/job-view.ts'
import { jobParams } from './params.ts'

export const getJobRoute = defineRoute({
  method: 'GET',
  url: '/v1/jobs/:id',
  name: 'getJob',
  summary: 'One job with its steps, progress, error, why it waits and its place in the line.',
  access: { right: 'read', reach: 'job' },
  params: jobParams,
  answers: { 200: jobDetailView },
  handle: async ({ edge, subject: job }) => viewJobDetail(edge.ledger, job),
})
