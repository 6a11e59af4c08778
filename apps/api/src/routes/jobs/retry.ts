import { findRetryLack, readFacts } from '@stevedore/admission'
import { operations, ProblemError } from '@stevedore/contract'
import { getSpecVersion, type Job, type Ledger, retryJob, type TokenRecord } from '@stevedore/ledger'
import { canSee } from '../../reach.ts'
import { requireRightOverData } from '../../right-over-data.ts'
import { defineRoute } from '../../route.ts'
import { viewJob } from '../../views/job-view.ts'

export const retryJobRoute = defineRoute(operations.retryJob, {
  async handle({ context: { ledger }, subject, token, by, reply }) {
    refuseCommand(subject)
    requireRightOverData(token, subject.request)
    await refuseLacking(ledger, subject, token)
    const job = await retryJob(ledger, { jobId: subject.id, by })
    return reply
      .code(202)
      .header('location', `/v1/jobs/${job.id}`)
      .send(await viewJob(ledger, job))
  },
})

/** Whoever wants it twice asks for it twice: what runs by then, and who may, is another matter. Throws ProblemError. */
function refuseCommand({ kind, app, environment, resolved }: Job): void {
  if (kind !== 'run') return
  const again = `ask for it anew: \`stevedore ${'in' in resolved ? 'exec' : 'run'} ${app} ${environment} -- COMMAND\``
  throw new ProblemError('illegal-transition', `a command is not run again by a retry; ${again}`)
}

/** What would certainly fail again is not begun again. Throws ProblemError `secret-missing` or `route-taken`. */
async function refuseLacking(ledger: Ledger, job: Job, token: TokenRecord): Promise<void> {
  const { app, specVersion } = job
  const spec = await getSpecVersion(ledger, app, specVersion)
  if (!spec) return
  const facts = readFacts(ledger, app)
  const lack = await findRetryLack(facts, { app, specVersion, spec }, job, (place) => canSee(token, place))
  if (lack) throw lack
}
