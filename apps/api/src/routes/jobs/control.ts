import { type ControlVerb, operations } from '@stevedore/contract'
import { type Approval, controlJob } from '@stevedore/ledger'
import { type Call, defineRoute } from '../../route.ts'
import { viewJob } from '../../views/job-view.ts'

type ControlOperation = (typeof operations)[`${ControlVerb}Job`]

function control<O extends ControlOperation>(operation: O, verb: ControlVerb) {
  return defineRoute<O>(operation, {
    async handle({ context, subject, body, token, by, reply }: Call<ControlOperation>) {
      const full = body !== undefined && 'full' in body && body.full === true
      const approval = { ...readSeen(body), person: token.person ?? token.name }
      const job = await controlJob(context.ledger, { jobId: subject.id, verb, full, approval, by })
      return reply.code(202).send(await viewJob(context.ledger, job))
    },
  })
}

/** What of the job an approval names. */
function readSeen(body: Call<ControlOperation>['body']): Pick<Approval, 'image' | 'specVersion'> {
  return {
    image: body && 'image' in body ? body.image : undefined,
    specVersion: body && 'specVersion' in body ? body.specVersion : undefined,
  }
}

/** What moves or steers the job itself; a retry makes a new one. */
export const controlRoutes = {
  cancelJob: control(operations.cancelJob, 'cancel'),
  approveJob: control(operations.approveJob, 'approve'),
  rejectJob: control(operations.rejectJob, 'reject'),
  pauseJob: control(operations.pauseJob, 'pause'),
  resumeJob: control(operations.resumeJob, 'resume'),
  promoteJob: control(operations.promoteJob, 'promote'),
  abortJob: control(operations.abortJob, 'abort'),
}
