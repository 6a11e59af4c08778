import { type JobVerb, jobView, type Right } from '@stevedore/contract'
import { controlJob } from '@stevedore/ledger'
import { z } from 'zod'
import { defineRoute } from '../../route.ts'
import { viewJob } from '../../views/job-view.ts'
import { jobParams } from './params.ts'

type ControlVerb = Exclude<JobVerb, 'retry'>

const verbs: Record<ControlVerb, { right: Right; summary: string }> = {
  cancel: { right: 'deploy', summary: 'End a job that is not done. What it began is cleaned up.' },
  approve: { right: 'approve', summary: 'Let a deploy that waits for approval go on.' },
  reject: { right: 'approve', summary: 'Refuse a deploy that waits for approval; it fails as `rejected`.' },
  pause: { right: 'deploy', summary: 'Stop a rollout after the step that runs.' },
  resume: { right: 'deploy', summary: 'Go on with a paused rollout.' },
  promote: { right: 'deploy', summary: 'End the pause of a canary; `{"full": true}` skips all that remain.' },
  abort: { right: 'deploy', summary: 'Return all traffic to the stable revision and end the deploy.' },
}

/** A route for each wish that moves or steers the job itself. */
export const controlRoutes = Object.entries(verbs).map(([verb, { right, summary }]) =>
  defineRoute({
    method: 'POST',
    url: `/v1/jobs/:id/${verb}`,
    name: `${verb}Job`,
    summary: `${summary} 409 where the state does not allow it.`,
    access: { right, reach: 'job' },
    params: jobParams,
    body: (verb === 'promote' ? z.strictObject({ full: z.boolean().optional() }) : z.strictObject({})).optional(),
    answers: { 202: jobView },
    async handle({ edge, subject, body, by, reply }) {
      const full = Object(body).full === true
      const job = await controlJob(edge.ledger, { jobId: subject.id, verb: verb as ControlVerb, full, by })
      return reply.code(202).send(await viewJob(edge.ledger, job))
    },
  }),
)
