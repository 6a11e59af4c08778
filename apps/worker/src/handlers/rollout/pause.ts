import { durationMs, FailureError } from '@stevedore/contract'
import { judgeRun, nameAction, type RolloutAction, type Verdict } from '@stevedore/domain'
import type { DeployEngine } from '@stevedore/engine'
import { clearControl, readClock } from '@stevedore/ledger'
import type { Outcome } from '../../executor/outcome.ts'
import type { Run } from '../../executor/run.ts'
import type { RevisionFacts } from './release.ts'
import { type SampleResult, takeSample } from './sample.ts'

type PauseAction = Extract<RolloutAction, { do: 'pause' }>

/** Samples that an undecided analysis may still take when its pause is over, before it counts as inconclusive. */
const extraSamples = 3

/**
 * Stands at a pause: gives an outcome to wait with, or undefined when it is over. It holds no worker: the job goes back to the ledger
 * with a timer, and each time it comes back this reads from the finished steps how far the pause is.
 */
export async function pause(
  run: Run,
  engine: DeployEngine,
  next: RevisionFacts,
  action: PauseAction,
  position: number,
): Promise<Outcome | undefined> {
  const name = `${position} ${nameAction(action)}`
  if (run.finished.has(`${name}: over`) || run.control().promote === 'full') return undefined
  const promoted = run.finished.has(name) && run.control().promote === 'step'
  const { until } = await run.step(name, () => begin(run, action))
  if (promoted) return end(run, name)
  // A wish that came before this pause began was meant for an earlier one.
  if (run.control().promote === 'step') await clearControl(run.worker.ledger, { ...run.message, keys: ['promote'] })
  const leftMs = until === null ? undefined : until - (await readClock(run.worker.ledger)).getTime()
  if (action.analysis) return analyse(run, engine, next, { ...action, analysis: action.analysis }, name, leftMs)
  if (leftMs !== undefined && leftMs <= 0) return end(run, name)
  return leftMs === undefined
    ? { type: 'waiting', waitingFor: 'promotion' }
    : { type: 'waiting', waitingFor: 'pause', delayMs: leftMs }
}

async function begin(run: Run, action: PauseAction): Promise<{ until: number | null }> {
  const until = action.forMs === undefined ? null : (await readClock(run.worker.ledger)).getTime() + action.forMs
  run.event('rollout.paused', { until: until === null ? null : new Date(until).toISOString() })
  return { until }
}

/** The end is written before the wish is cleared: a crash in between repeats the clearing and not the promotion. */
async function end(run: Run, name: string): Promise<undefined> {
  await run.step(`${name}: over`, async () => null)
  await clearControl(run.worker.ledger, { ...run.message, keys: ['promote'] })
  return undefined
}

async function analyse(
  run: Run,
  engine: DeployEngine,
  next: RevisionFacts,
  action: PauseAction & { analysis: NonNullable<PauseAction['analysis']> },
  name: string,
  leftMs: number | undefined,
): Promise<Outcome | undefined> {
  const { analysis } = action
  const earlier = listVerdicts(run, name)
  const latest = await run.step(`${name}: sample ${earlier.length + 1}`, (context) =>
    takeSample(run, engine, next, analysis, context.signal),
  )
  const verdicts = [...earlier, latest.verdict]
  const stand = judgeRun(verdicts, analysis.failures)
  if (stand === 'failed') throw new FailureError('analysis-failed', { diagnosis: latest.reason })
  const isDue = leftMs !== undefined && leftMs <= 0
  if (isDue && stand === 'passing') return end(run, name)
  const intervalMs = durationMs(analysis.interval)
  if (isDue && -leftMs > extraSamples * intervalMs)
    throw new FailureError('analysis-inconclusive', { diagnosis: latest.reason })
  // Samples go on through an untimed pause as well: a person may promote, a failure still ends the canary.
  const waitMs = leftMs === undefined || isDue ? intervalMs : Math.min(intervalMs, leftMs)
  return { type: 'waiting', waitingFor: leftMs === undefined ? 'promotion' : 'pause', delayMs: waitMs }
}

function listVerdicts(run: Run, name: string): Verdict[] {
  const verdicts: Verdict[] = []
  for (let number = 1; run.finished.has(`${name}: sample ${number}`); number += 1)
    verdicts.push((run.finished.get(`${name}: sample ${number}`) as SampleResult).verdict)
  return verdicts
}
