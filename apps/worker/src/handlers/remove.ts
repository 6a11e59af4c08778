import { durationMs } from '@stevedore/contract'
import type { DeployEngine } from '@stevedore/engine'
import { findDeployed, type Revision, recordRemoval } from '@stevedore/ledger'
import { type Outcome, outcomeOfError } from '../executor/outcome.ts'
import { patiently } from '../executor/patience.ts'
import type { Run } from '../executor/run.ts'
import { describeServed } from './rollout/return-to-stable.ts'

/** Takes an environment down, by the settings that it was deployed with, and records that it runs nothing. */
export async function remove(run: Run): Promise<Outcome> {
  run.expectSteps(2)
  const revision = await run.step('revision', () => findRevision(run), { signal: run.leaseSignal })
  const engine = run.worker.engines.deploy[revision.settings.engine]
  try {
    await takeDown(run, engine, revision)
  } catch (error) {
    return explain(run, revision, error)
  }
  await patiently(run.leaseSignal, () =>
    recordRemoval(run.worker.ledger, {
      ...run.message,
      app: revision.app,
      environment: revision.environment,
      by: run.by,
    }),
  )
  return { type: 'succeeded', result: { removed: revision.number } }
}

async function findRevision({ job, worker }: Run): Promise<Revision> {
  const found = await findDeployed(worker.ledger, { app: job.app, environment: job.environment as string })
  if (!found) throw new Error(`nothing was ever deployed to ${job.environment} of ${job.app}`)
  return found
}

/** What an earlier attempt took down stays so: a wish that came after it is too late. */
async function takeDown(run: Run, engine: DeployEngine, revision: Revision): Promise<void> {
  if (run.finished.has('remove')) return
  const timeoutMs = durationMs(revision.settings.timeout)
  await run.step('remove', (context) => engine.remove(revision, context), { timeoutMs })
}

/** Says what is left. Nothing leads back from here but a deploy, so an abort is met like a cancel. */
async function explain(run: Run, revision: Revision, error: unknown): Promise<Outcome> {
  const outcome = outcomeOfError(error)
  if (outcome.type === 'lost' || outcome.type === 'handed-over') return outcome
  const traffic = await describeServed(run, revision)
  if (outcome.type !== 'failed' || outcome.failure.code === 'aborted') return { type: 'cancelled', result: { traffic } }
  const diagnosis = [outcome.failure.diagnosis, traffic].filter(Boolean).join('\n')
  return { type: 'failed', failure: { ...outcome.failure, diagnosis } }
}
