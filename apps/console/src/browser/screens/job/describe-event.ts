import type { EventData, EventType, JobEvent } from '@stevedore/contract'
import { nameWait } from '../../parts/badge.ts'
import { nameActor } from '../../parts/job.ts'
import { nameTraffic } from '../../parts/traffic.ts'

/** What happened, in a sentence; types that are absent are shown elsewhere on the page. */
const sentences: { [T in EventType]?: (data: EventData<T>) => string } = {
  'job.queued': ({ reason }) => (reason ? `made ready again: ${reason}` : 'recorded, and ready for a worker'),
  'job.started': ({ workerId, attempt }) => `attempt ${attempt} began at worker ${workerId}`,
  'job.waiting': ({ waitingFor }) => nameWait(waitingFor),
  'job.resumed': ({ reason }) => (reason ? `goes on: ${reason}` : 'goes on'),
  'job.cancel-requested': ({ by }) => `${nameActor(by)} asked to cancel it`,
  'job.control-requested': ({ by, verb }) => `${nameActor(by)} asked to ${verb} it`,
  'job.retry-scheduled': ({ code }) => `failed${code ? ` (${code})` : ''}, and is tried again`,
  'job.rescued': () => 'its worker was lost: another takes it over',
  'job.succeeded': () => 'succeeded',
  'job.failed': ({ code }) => `failed${code ? `: ${code}` : ''}`,
  'job.cancelled': () => 'cancelled',
  'job.superseded': ({ by, reason }) => `superseded: ${reason ?? by}`,
  'image.built': ({ version, target }) => `built ${version} ${target}`,
  'image.pushed': ({ version, target }) => `pushed ${version} ${target}`,
  'replica.started': ({ replica, revision }) => `started ${replica} of r${revision}`,
  'replica.healthy': ({ replica, revision }) => `${replica} of r${revision} is healthy`,
  'replica.stopped': ({ replica, revision }) => `stopped ${replica} of r${revision}`,
  'traffic.shifted': ({ weights }) => `traffic: ${nameTraffic(weights)}`,
  'rollout.paused': ({ until }) => (until ? 'paused for a time' : 'paused until somebody goes on'),
  'rollout.aborted': ({ code }) => `on the way back: ${code}`,
  'service.started': ({ service, revision }) => `companion ${service} as of its revision ${revision}`,
  'service.differs': ({ service, fields, remedy }) =>
    `the companion ${service} differs from the spec in ${fields.join(', ')}, and is left as it is: ${remedy}`,
  'environment.removed': ({ revision }) => `revision ${revision} is taken down`,
}

export function describeEvent<T extends EventType>({ type, data }: JobEvent<T>): string | undefined {
  return sentences[type]?.(data)
}
