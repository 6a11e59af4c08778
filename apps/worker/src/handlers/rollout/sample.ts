import { type Analysis, FailureError, type Sample, type SampleResult } from '@stevedore/contract'
import { judgeSample } from '@stevedore/domain'
import { askPrometheus } from './ask-prometheus.ts'
import type { Rollout, RolloutRevision } from './rollout.ts'

/** Takes one sample of the new revision and judges it. A source that fails is inconclusive, never a pass. */
export async function takeSample(
  { run, engine, revision }: Rollout,
  analysis: Analysis,
  signal: AbortSignal,
): Promise<SampleResult> {
  const sample = await readSample({ run, engine, revision }, analysis, signal).catch((error: unknown) => {
    signal.throwIfAborted()
    run.log(`analysis: ${explain(error)}`)
    return undefined
  })
  const judged = judgeSample(analysis, sample)
  run.event('analysis.sampled', { ...judged, revision: revision.number, sample: sample ?? null })
  run.log(`analysis: ${judged.verdict}: ${judged.reason}`)
  return judged
}

function explain(error: unknown): string {
  if (error instanceof FailureError) return error.diagnosis ?? error.message
  return error instanceof Error ? error.message : 'no answer'
}

async function readSample(
  { run, engine, revision }: Pick<Rollout, 'run' | 'engine' | 'revision'>,
  analysis: Analysis,
  signal: AbortSignal,
): Promise<Sample | undefined> {
  if ('proxy' in analysis) return engine.sample(revision, revision.number, signal)
  const allowedHosts = [...run.worker.config.allowedHosts, ...(await run.ledger.listVouchedHosts())]
  const question = { address: analysis.prometheus, query: fillIn(analysis.query, revision), allowedHosts }
  return { value: await askPrometheus(question, signal) }
}

/** `{{app}}`, `{{environment}}`, `{{revision}}` and `{{version}}` stand for the new revision's. */
function fillIn(query: string, { app, environment, number, version }: RolloutRevision): string {
  const values: Record<string, string> = { app, environment, revision: String(number), version }
  return query.replace(/\{\{(app|environment|revision|version)\}\}/g, (_, name: string) => values[name] ?? '')
}
