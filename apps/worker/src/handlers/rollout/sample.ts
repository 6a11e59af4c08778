import { lookup } from 'node:dns/promises'
import { type Analysis, isMetricsHostAllowed, type Sample, type SampleResult } from '@stevedore/contract'
import { judgeSample } from '@stevedore/domain'
import type { DeployEngine } from '@stevedore/engine'
import type { Rollout, RolloutRevision } from './rollout.ts'

const queryTimeoutMs = 5_000
const maxAnswerBytes = 1_048_576

/** Takes one sample of the new revision and judges it. A source that fails is inconclusive, never a pass. */
export async function takeSample(
  { run, engine, revision }: Rollout,
  analysis: Analysis,
  signal: AbortSignal,
): Promise<SampleResult> {
  const sample = await readSample(engine, revision, analysis, signal).catch((error: unknown) => {
    signal.throwIfAborted()
    run.log(`analysis: ${error instanceof Error ? error.message : 'no answer'}`)
    return undefined
  })
  const judged = judgeSample(analysis, sample)
  run.event('analysis.sampled', { ...judged, revision: revision.number, sample: sample ?? null })
  run.log(`analysis: ${judged.verdict}: ${judged.reason}`)
  return judged
}

async function readSample(
  engine: DeployEngine,
  next: RolloutRevision,
  analysis: Analysis,
  signal: AbortSignal,
): Promise<Sample | undefined> {
  if ('proxy' in analysis) return engine.sample(next, next.number, signal)
  const url = new URL(`${analysis.prometheus.replace(/(?<!\/)\/+$/, '')}/api/v1/query`)
  await refuseMetadata(url.hostname.replace(/^\[|\]$/g, ''))
  url.searchParams.set('query', fillIn(analysis.query, next))
  const answer = await fetch(url, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(queryTimeoutMs)]),
    redirect: 'error',
  })
  if (!answer.ok) throw new Error(`Prometheus answered ${answer.status}`)
  const text = await answer.text()
  if (text.length > maxAnswerBytes) throw new Error('Prometheus answered too much')
  return { value: readValue(JSON.parse(text)) }
}

/** A name may resolve to what the API refused as an address. */
async function refuseMetadata(host: string): Promise<void> {
  const addresses = await lookup(host, { all: true })
  if (![host, ...addresses.map(({ address }) => address)].every(isMetricsHostAllowed))
    throw new Error(`${host} may not be contacted`)
}

/** `{{app}}`, `{{environment}}`, `{{revision}}` and `{{version}}` stand for the new revision's. */
function fillIn(query: string, { app, environment, number, version }: RolloutRevision): string {
  const values: Record<string, string> = { app, environment, revision: String(number), version }
  return query.replace(/\{\{(app|environment|revision|version)\}\}/g, (_, name: string) => values[name] ?? '')
}

/** The single value of a scalar or of a vector with one element; anything else is no value. */
function readValue(answer: unknown): number | undefined {
  const data = (answer as { data?: { resultType?: string; result?: unknown } }).data
  const pair = data?.resultType === 'scalar' ? data.result : readOnly(data?.result)
  return Array.isArray(pair) ? Number(pair[1]) : undefined
}

function readOnly(result: unknown): unknown {
  return Array.isArray(result) && result.length === 1 ? (result[0] as { value?: unknown }).value : undefined
}
