import { durationMs } from '@stevedore/contract'
import type { Job } from '@stevedore/ledger'
import type { Deed } from '../chaos/script.ts'
import type { Request } from './send.ts'
import { canarySteps } from './standing.ts'

const firstPauseMs = canarySteps.flatMap(({ pause }) => (typeof pause === 'string' ? [durationMs(pause)] : []))[0] ?? 0

/** A canary stands at each pause until its time is over or somebody promotes it, and goes back where it is told to. */
export function judgeCanaries(history: readonly Request[], jobs: readonly Job[], deeds: readonly Deed[]): string[] {
  return history.flatMap((request) => {
    const jobId = request.answers.find((answer) => answer.jobId)?.jobId
    const job = jobs.find(({ id }) => id === jobId)
    const broken = job?.kind === 'deploy' ? judgeCanary(request, job, deeds) : []
    return broken.map((rule) => `${request.what}: ${rule}`)
  })
}

function judgeCanary({ asks, isTurnedBack }: Request, { id, state }: Job, deeds: readonly Deed[]): string[] {
  const broken: string[] = []
  if (isTurnedBack && state === 'succeeded') broken.push('it was told to go back at its pause, and succeeded')
  const isPromoted = asks.some((verb) => verb === 'promote' || verb === 'resume')
  const routes = deeds.filter(({ jobId, effect }) => jobId === id && effect && 'weights' in effect)
  const shared = routes.filter(({ effect }) => effect && 'weights' in effect && Object.keys(effect.weights).length > 1)
  if (isPromoted || shared.length === 0) return broken
  if (state === 'succeeded') broken.push('it came to serve alone, and nobody had promoted it')
  const [first, second] = shared
  const stoodMs = second ? (second.askedAt ?? 0) - (first?.askedAt ?? 0) : firstPauseMs
  if (stoodMs < firstPauseMs)
    broken.push(`it stood ${stoodMs} ms at a pause of ${firstPauseMs}, and nobody had promoted it`)
  return broken
}
