import type { EventData, EventType, JobEvent, TrafficWeights } from '@stevedore/contract'
import { formatDuration } from './time.ts'
import { plain } from './visible.ts'

/** How an event reads in a pipe; the types that are absent say nothing that a reader misses. */
const sentences: { [T in EventType]?: (data: EventData<T>, at: string) => string | undefined } = {
  'job.queued': ({ reason }) => (reason ? `queued again: ${reason}` : 'queued'),
  'job.started': ({ attempt }) => (attempt > 1 ? `started, attempt ${attempt}` : 'started'),
  'job.waiting': ({ waitingFor }) => `waiting for ${waitingFor}`,
  'job.resumed': () => 'goes on',
  'job.cancel-requested': () => 'cancel requested',
  'job.control-requested': ({ verb, control }) =>
    `requested: ${verb}${verb === 'promote' && control.promote === 'full' ? ' full' : ''}`,
  'job.retry-scheduled': ({ code, dueAt }, at) => `failed, will be tried again${nameDelay(at, dueAt)}${nameCode(code)}`,
  'job.rescued': () => 'the worker was lost; another one takes over',
  'job.succeeded': () => 'succeeded',
  'job.failed': ({ code }) => `failed${nameCode(code)}`,
  'job.cancelled': () => 'cancelled',
  'job.superseded': ({ by, reason }) => (reason ? `superseded: ${reason}` : `superseded by ${by}`),
  'step.started': ({ name }) => `${name} …`,
  'step.succeeded': ({ name }) => `${name} done`,
  'step.failed': ({ name, state }) => `${name} ${state}`,
  'image.built': ({ tags, version }) => `built ${tags.join(', ') || version}`,
  'image.pushed': ({ version, target, digest }) => `pushed ${version} ${target}: ${digest}`,
  'replica.started': (data) => `started ${nameReplica(data)}`,
  'replica.healthy': (data) => `healthy: ${nameReplica(data)}`,
  'replica.stopped': (data) => `stopped ${nameReplica(data)}`,
  'traffic.shifted': ({ weights }) => `traffic: ${describeWeights(weights)}`,
  'analysis.sampled': ({ verdict, reason, revision }) => `analysis of r${revision}: ${verdict}, ${reason}`,
  'rollout.paused': ({ until }) => (until ? `paused until ${until}` : 'paused'),
  'rollout.aborted': () => 'aborting: all traffic returns to the stable revision',
  'rollout.observed': describeObserved,
  'rollout.interrupted': ({ downMs }) => `nothing served for ${formatDuration(downMs)}`,
  'service.started': ({ service, revision, image }) => `companion ${service} as of its revision ${revision}: ${image}`,
  'service.differs': ({ service, fields, remedy }) =>
    `the companion ${service} differs from the spec in ${fields.join(', ')}, and is left as it is: change it by ${remedy}`,
  'environment.removed': ({ revision, volumesRemoved }) =>
    `revision ${revision} is taken down${volumesRemoved ? `, with the data of ${volumesRemoved.join(', ')}` : ''}`,
}

export function describeEvent<T extends EventType>({ type, data, at }: JobEvent<T>): string | undefined {
  const sentence = sentences[type]?.(data, at)
  return sentence === undefined ? undefined : plain(sentence)
}

/** `r3 90%, r4 10%`. */
export function describeWeights(weights: TrafficWeights): string {
  return Object.entries(weights)
    .map(([revision, percent]) => `r${revision} ${percent}%`)
    .join(', ')
}

function nameCode(code: string | undefined): string {
  return code ? `: ${code}` : ''
}

/** Counted from the event on, so that no time zone is read into it. */
function nameDelay(at: string, dueAt: string | null): string {
  return dueAt ? ` in ${formatDuration(Date.parse(dueAt) - Date.parse(at))}` : ''
}

function nameReplica({ replica, revision, host }: EventData<'replica.started'>): string {
  return `${replica} of r${revision}${host ? ` on ${host}` : ''}`
}

/** Nothing of what an older cluster told without its replicas. */
function describeObserved({ replicas, traffic, address }: EventData<'rollout.observed'>): string | undefined {
  if (replicas.length === 0) return undefined
  const healthy = replicas.filter((replica) => replica.healthy).length
  const weights = describeWeights(traffic)
  return [`observed: ${healthy} of ${replicas.length} healthy`, weights && `traffic ${weights}`, address]
    .filter(Boolean)
    .join(', ')
}
