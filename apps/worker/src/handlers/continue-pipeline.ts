import { admitFollowUp, type Made } from '@stevedore/admission'
import { FailureError, type ResultByKind } from '@stevedore/contract'
import type { Outcome } from '../attempt/outcome.ts'
import type { Run } from '../attempt/run.ts'

/**
 * Success, with the pipeline's next job, admitted now that is known what it is about: it is recorded with this success or not at all. What a
 * pin holds back or what lacks something is left out, and both the log and the result say why. Throws FailureError `pipeline-refused` where a
 * rule refuses it; but for a deploy, which is done and serves: there that is left out as well.
 */
export async function continuePipeline(
  run: Run<'build'> | Run<'push'> | Run<'deploy'>,
  made: Made,
  result: ResultByKind['build'] | ResultByKind['push'] | ResultByKind['rollback'],
): Promise<Outcome> {
  const { job, spec, ledger } = run
  const app = { app: job.app, specVersion: job.specVersion, spec }
  const next = await admitFollowUp(ledger.readFacts(job.app), app, job, made)
  if (!next) return { type: 'succeeded', result }
  if ('job' in next) return { type: 'succeeded', result, followUps: [next.job] }
  if ('refusal' in next) {
    const { code, message } = next.refusal
    if (job.kind === 'deploy') return leaveOut(run, result, `${code}: ${message}`)
    throw new FailureError('pipeline-refused', { diagnosis: `${code}: ${message}`, cause: next.refusal })
  }
  return leaveOut(run, result, next.leftOut)
}

function leaveOut(run: Run, result: Parameters<typeof continuePipeline>[2], reason: string): Outcome {
  run.log(`left out: ${reason}`)
  return { type: 'succeeded', result: { ...result, leftOut: [reason] } }
}
