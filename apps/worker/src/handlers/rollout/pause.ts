import { durationMs, FailureError, type RolloutAction, stepResults, type Verdict } from '@stevedore/contract'
import { judgeRun, nameAction } from '@stevedore/domain'
import type { Outcome } from '../../attempt/outcome.ts'
import type { Run } from '../../attempt/run.ts'
import type { Rollout } from './rollout.ts'
import { takeSample } from './sample.ts'

type PauseAction = Extract<RolloutAction, { do: 'pause' }>
type Analysed = PauseAction & { analysis: NonNullable<PauseAction['analysis']> }

/** Samples that an undecided analysis may still take when its pause is over, before it counts as inconclusive. */
const extraSamples = 3

/**
 * Stands at a pause: gives an outcome to wait with, or undefined when it is over. It holds no worker: the job goes back to the ledger
 * with a timer, and each time it comes back this reads from the finished steps how far the pause is.
 */
export async function pause(rollout: Rollout, action: PauseAction, position: number): Promise<Outcome | undefined> {
  const { run } = rollout
  const name = `${position} ${nameAction(action)}`
  if (run.isFinished(`${name}: over`) || run.control().promote === 'full') return undefined
  const promoted = run.isFinished(name) && run.control().promote === 'step'
  const { until } = await run.step(name, stepResults.pause, () => begin(run, action))
  if (promoted) return end(run, name)
  // A promotion that was asked for before this pause began was meant for an earlier one.
  if (run.control().promote === 'step') await run.ledger.clearControl({ keys: ['promote'] })
  const leftMs = until === null ? undefined : until - (await run.ledger.readClock()).getTime()
  const { analysis } = action
  if (analysis) return analyse(rollout, { ...action, analysis }, name, leftMs)
  if (leftMs === undefined) return { type: 'waiting', waitingFor: 'promotion' }
  return leftMs <= 0 ? end(run, name) : { type: 'waiting', waitingFor: 'pause', delayMs: leftMs }
}

async function begin(run: Run, { forMs }: PauseAction): Promise<{ until: number | null }> {
  const until = forMs === undefined ? null : (await run.ledger.readClock()).getTime() + forMs
  run.event('rollout.paused', { until: until === null ? null : new Date(until).toISOString() })
  return { until }
}

/** The end is written before the request is cleared: a crash in between repeats the clearing and not the promotion. */
async function end(run: Run, name: string): Promise<undefined> {
  await run.step(`${name}: over`, stepResults.nothing, async () => null)
  await run.ledger.clearControl({ keys: ['promote'] })
  return undefined
}

async function analyse(
  rollout: Rollout,
  { analysis }: Analysed,
  name: string,
  leftMs: number | undefined,
): Promise<Outcome | undefined> {
  const { run } = rollout
  const earlier = listVerdicts(run, name)
  const latest = await run.step(sampleName(name, earlier.length + 1), stepResults.sample, ({ signal }) =>
    takeSample(rollout, analysis, signal),
  )
  const stand = judgeRun([...earlier, latest.verdict], analysis.failures)
  if (stand === 'failed') throw new FailureError('analysis-failed', { diagnosis: latest.reason })
  const isDue = leftMs !== undefined && leftMs <= 0
  if (isDue && stand === 'passing') return end(run, name)
  const intervalMs = durationMs(analysis.interval)
  if (isDue && -leftMs > extraSamples * intervalMs)
    throw new FailureError('analysis-inconclusive', { diagnosis: latest.reason })
  // Samples go on through an untimed pause as well: a person may promote, a failure still ends the canary.
  if (leftMs === undefined) return { type: 'waiting', waitingFor: 'promotion', delayMs: intervalMs }
  return { type: 'waiting', waitingFor: 'pause', delayMs: isDue ? intervalMs : Math.min(intervalMs, leftMs) }
}

const sampleName = (pause: string, number: number) => `${pause}: sample ${number}`

function listVerdicts(run: Run, name: string): Verdict[] {
  const verdicts: Verdict[] = []
  for (;;) {
    const kept = run.kept(sampleName(name, verdicts.length + 1), stepResults.sample)
    if (!kept) return verdicts
    verdicts.push(kept.verdict)
  }
}
