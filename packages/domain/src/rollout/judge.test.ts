import { describe, expect, test } from 'vitest'
import { judgeRun, judgeSample } from './judge.ts'

const prometheus = { prometheus: 'http://p:9090', query: 'q', success: 'result < 0.01', interval: '1s', failures: 2 }
const proxy = { proxy: { maxErrorRate: 0.1, maxLatency: '200ms', minRequests: 10 }, interval: '1s', failures: 2 }

test.each([
  { value: 0.005, verdict: 'pass' },
  { value: 0.01, verdict: 'fail' },
  { value: Number.NaN, verdict: 'inconclusive' },
  { value: Number.POSITIVE_INFINITY, verdict: 'inconclusive' },
  { value: undefined, verdict: 'inconclusive' },
])('row 99: a query that gives $value: $verdict', ({ value, verdict }) => {
  expect(judgeSample(prometheus, { value }).verdict).toBe(verdict)
})

test.each([
  ['result > 5', 6, 'pass'],
  ['result >= 5', 5, 'pass'],
  ['result <= 5', 6, 'fail'],
  ['result == 5', 5, 'pass'],
])('%s against %d: %s', (success, value, verdict) => {
  expect(judgeSample({ ...prometheus, success }, { value }).verdict).toBe(verdict)
})

test.each([
  { requests: 9, errors: 0, latencyMs: 1, verdict: 'inconclusive' },
  { requests: 10, errors: 1, latencyMs: 1, verdict: 'pass' },
  { requests: 10, errors: 2, latencyMs: 1, verdict: 'fail' },
  { requests: 10, errors: 0, latencyMs: 201, verdict: 'fail' },
  { requests: 10, errors: 0, latencyMs: undefined, verdict: 'inconclusive' },
])('$requests requests, $errors errors, $latencyMs ms: $verdict', ({ verdict, ...sample }) => {
  expect(judgeSample(proxy, sample).verdict).toBe(verdict)
})

test('no figures, or those of another source, say nothing', () => {
  expect(judgeSample(proxy, undefined).verdict).toBe('inconclusive')
  expect(judgeSample(proxy, { value: 0 }).verdict).toBe('inconclusive')
  expect(judgeSample(prometheus, { requests: 100, errors: 0, latencyMs: 1 }).verdict).toBe('inconclusive')
})

describe('a run of samples', () => {
  test.each([
    { run: ['pass'], stand: 'passing' },
    { run: [], stand: 'undecided' },
    { run: ['inconclusive'], stand: 'undecided' },
    { run: ['pass', 'inconclusive'], stand: 'undecided' },
    { run: ['fail'], stand: 'undecided' },
    { run: ['fail', 'fail'], stand: 'failed' },
    { run: ['fail', 'inconclusive', 'fail'], stand: 'failed' },
    { run: ['fail', 'pass', 'fail'], stand: 'undecided' },
    { run: ['fail', 'fail', 'pass'], stand: 'passing' },
  ] as const)('$run is $stand', ({ run, stand }) => {
    expect(judgeRun(run, 2)).toBe(stand)
  })
})
