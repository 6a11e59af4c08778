import { type RolloutAction, type RolloutPlan, stepResults } from '@stevedore/contract'
import type { Rollout } from './rollout.ts'

const ended = 'nothing serves'
const again = 'serves again'

/** Whether an action stops what serves, before what is to serve is there. */
export function isStop({ input: { strategy, stable } }: RolloutPlan, action: RolloutAction): boolean {
  return strategy.type === 'recreate' && action.do === 'scale-down' && action.revision === stable?.revision
}

/** Whether an action ends only once its revision is served. */
export function isServed(action: RolloutAction): boolean {
  return action.do === 'route' || action.do === 'roll'
}

/** Whether what served was stopped, and nothing serves yet. */
export function isDown({ run, stoppedAt, servesAgain }: Rollout): boolean {
  const isStopped = stoppedAt !== undefined || run.isFinished(ended)
  return isStopped && !servesAgain && !run.isFinished(again)
}

/** Keeps when what serves began to be stopped: of the first attempt that did so. */
export async function noteStop(rollout: Rollout): Promise<void> {
  rollout.stoppedAt = await noteMoment(rollout, ended, () => {})
}

/**
 * Keeps when something served again, and tells for how long nothing did; nothing where nothing was stopped.
 * @returns milliseconds
 */
export async function noteServed(rollout: Rollout): Promise<number | undefined> {
  const { run } = rollout
  const stoppedAt = rollout.stoppedAt ?? run.kept(ended, stepResults.moment)?.at
  if (stoppedAt === undefined) return undefined
  const tell = (at: number) => run.event('rollout.interrupted', { downMs: count(stoppedAt, at) })
  const servedAt = await noteMoment(rollout, again, tell)
  rollout.servesAgain = true
  return count(stoppedAt, servedAt)
}

/** A clock that was set back meanwhile counts nothing. */
function count(stoppedAt: number, servedAt: number): number {
  return Math.max(0, Math.round(servedAt - stoppedAt))
}

async function noteMoment({ run }: Rollout, name: string, tell: (at: number) => void): Promise<number> {
  const note = async () => {
    const at = (await run.ledger.readClock()).getTime()
    tell(at)
    return { at }
  }
  return (await run.step(name, stepResults.moment, note, { signal: run.leaseSignal })).at
}
