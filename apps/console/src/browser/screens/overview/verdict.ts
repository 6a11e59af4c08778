import type { EnvironmentView, JobView } from '@stevedore/contract'
import { isIll } from '../../parts/health.ts'
import { formatClock } from '../../parts/time.ts'
import type { Overview } from './load.ts'

const hourMs = 3_600_000

export interface Verdict {
  /** Whether somebody has to do something. */
  tone: 'good' | 'wait' | 'bad'
  sentence: string
}

/** How it stands, in one sentence. */
export function judge({ environments, unfinished, failed, workers }: Overview, nowMs: number): Verdict {
  const recent = failed.filter(({ finishedAt }) => finishedAt !== null && nowMs - Date.parse(finishedAt) < hourMs)
  const bad = [...tellFailed(recent), ...tellLost(workers), ...tellIll(environments)]
  const wait = [...tellApprovals(unfinished), ...tellDrift(environments)]
  const calm = [tellBusy(unfinished), recent.length === 0 ? 'nothing has failed in the last hour' : undefined]
  const parts = [...wait, ...bad, ...calm].filter((part) => part !== undefined)
  const sentence = parts.join('; ')
  return {
    tone: bad.length > 0 ? 'bad' : wait.length > 0 ? 'wait' : 'good',
    sentence: `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`,
  }
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`
}

function tellApprovals(jobs: JobView[]): string[] {
  const waiting = jobs.filter(({ waitingFor }) => waitingFor === 'approval').length
  return waiting > 0 ? [`${count(waiting, 'deploy waits', 'deploys wait')} for approval`] : []
}

function tellFailed(jobs: JobView[]): string[] {
  return jobs.length > 0 ? [`${count(jobs.length, 'job has', 'jobs have')} failed in the last hour`] : []
}

function tellLost(workers: Overview['workers']): string[] {
  if (workers === null) return []
  const lost = workers
    .filter(({ live }) => !live)
    .map(({ id, seenAt }) => `worker ${id} is lost since ${formatClock(seenAt)}`)
  return workers.some(({ live }) => live) ? lost : [...lost, 'no worker lives, so nothing is begun']
}

/** Those of which fewer replicas are healthy than there should be. */
function tellIll(environments: EnvironmentView[]): string[] {
  const ill = environments.filter(isIll)
  if (ill.length === 0) return []
  const [only] = ill
  return ill.length === 1 && only
    ? [`${only.app} is not healthy in ${only.environment}`]
    : [`${ill.length} environments are not healthy`]
}

function tellDrift(environments: EnvironmentView[]): string[] {
  const changed = environments.filter(({ observed }) => (observed?.drift.length ?? 0) > 0).length
  return changed > 0 ? [`${count(changed, 'environment was', 'environments were')} changed behind Stevedore`] : []
}

function tellBusy(jobs: JobView[]): string {
  const running = jobs.filter(({ state }) => state === 'running').length
  return running === 0 ? 'nothing runs at the moment' : `${count(running, 'job runs', 'jobs run')}`
}
