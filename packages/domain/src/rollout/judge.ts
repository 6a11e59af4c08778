import { type Analysis, durationMs, type Sample, type Verdict } from '@stevedore/contract'

/** What one sample says. Absent, NaN, infinite or too few never pass: a canary is promoted on evidence only. */
export function judgeSample(analysis: Analysis, sample: Sample | undefined): { verdict: Verdict; reason: string } {
  if (sample === undefined) return { verdict: 'inconclusive', reason: 'no figures' }
  if ('prometheus' in analysis)
    return 'value' in sample
      ? judgeValue(analysis.success, sample.value)
      : { verdict: 'inconclusive', reason: 'no value' }
  return 'requests' in sample ? judgeTraffic(analysis.proxy, sample) : { verdict: 'inconclusive', reason: 'no figures' }
}

function judgeValue(condition: string, value: number | null | undefined): { verdict: Verdict; reason: string } {
  if (value == null || !Number.isFinite(value))
    return { verdict: 'inconclusive', reason: `the query gave ${value ?? 'nothing'}` }
  const [, comparison, bound] = condition.split(' ') as [string, keyof typeof comparisons, string]
  const holds = comparisons[comparison](value, Number(bound))
  return {
    verdict: holds ? 'pass' : 'fail',
    reason: `${condition.replace('result', String(value))} is ${holds ? 'met' : 'not met'}`,
  }
}

const comparisons = {
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
  '==': (a: number, b: number) => a === b,
}

function judgeTraffic(
  limits: { maxErrorRate: number; maxLatency?: string | undefined; minRequests: number },
  sample: { requests: number; errors: number; latencyMs?: number | undefined },
): { verdict: Verdict; reason: string } {
  if (sample.requests < limits.minRequests)
    return { verdict: 'inconclusive', reason: `${sample.requests} of at least ${limits.minRequests} requests` }
  const rate = sample.errors / sample.requests
  if (rate > limits.maxErrorRate)
    return { verdict: 'fail', reason: `error rate ${rate.toFixed(4)} above ${limits.maxErrorRate}` }
  if (limits.maxLatency === undefined) return { verdict: 'pass', reason: `error rate ${rate.toFixed(4)}` }
  if (sample.latencyMs === undefined) return { verdict: 'inconclusive', reason: 'no latency figures' }
  const slow = sample.latencyMs > durationMs(limits.maxLatency)
  return {
    verdict: slow ? 'fail' : 'pass',
    reason: `mean latency ${Math.round(sample.latencyMs)} ms against ${limits.maxLatency}`,
  }
}

/**
 * Where a pause with an analysis stands after its samples so far: failed once the last `failures` all failed; conclusive only when
 * at least one passed and the newest did not fail.
 */
export function judgeRun(verdicts: readonly Verdict[], failures: number): 'failed' | 'passing' | 'undecided' {
  const tail = verdicts.filter((verdict) => verdict !== 'inconclusive').slice(-failures)
  if (tail.length === failures && tail.every((verdict) => verdict === 'fail')) return 'failed'
  return tail.at(-1) === 'pass' && verdicts.at(-1) !== 'inconclusive' ? 'passing' : 'undecided'
}
