import type { EventType, JobEvent } from '@stevedore/contract'
import { plain } from './style.ts'

type Data = Record<string, unknown>

/** How an event reads in a pipe; the types that are absent say nothing that a reader misses. */
const sentences: Partial<Record<EventType, (data: Data) => string>> = {
  'job.queued': (data) => (data.reason && data.reason !== 'requested' ? `queued again: ${data.reason}` : 'queued'),
  'job.started': (data) => `started${Number(data.attempt) > 1 ? `, attempt ${data.attempt}` : ''}`,
  'job.waiting': (data) => `waiting for ${data.waitingFor}`,
  'job.resumed': () => 'goes on',
  'job.cancel-requested': () => 'cancel requested',
  'job.control-requested': (data) => `requested: ${list(data.control ?? data.verb)}`,
  'job.retry-scheduled': (data) =>
    `failed, will be tried again${data.delayMs ? ` in ${Number(data.delayMs) / 1000} s` : ''}: ${data.code ?? ''}`,
  'job.rescued': () => 'the worker was lost; another one takes over',
  'job.succeeded': () => 'succeeded',
  'job.failed': (data) => `failed${data.code ? `: ${data.code}` : ''}`,
  'job.cancelled': () => 'cancelled',
  'job.superseded': (data) => `superseded by ${data.by ?? 'a newer job'}`,
  'step.started': (data) => `${data.name} …`,
  'step.succeeded': (data) => `${data.name} done`,
  'step.failed': (data) => `${data.name} failed`,
  'image.built': (data) => `built ${list(data.tags) || data.version}`,
  'image.pushed': (data) => `pushed ${data.version ?? ''} ${data.target ?? ''}: ${data.digest}`,
  'replica.started': (data) => `started ${nameReplica(data)}`,
  'replica.healthy': (data) => `healthy: ${nameReplica(data)}`,
  'replica.unhealthy': (data) => `not healthy: ${nameReplica(data)}${data.reason ? `: ${data.reason}` : ''}`,
  'replica.stopped': (data) => `stopped ${nameReplica(data)}`,
  'traffic.shifted': (data) => `traffic: ${describeWeights(data.weights)}`,
  'analysis.sampled': (data) => `analysis: ${list(data)}`,
  'rollout.paused': (data) => `paused${data.until ? ` until ${data.until}` : ''}`,
  'environment.removed': (data) => `revision ${data.revision} is taken down`,
  'rollout.aborted': () => 'aborting: all traffic returns to the stable revision',
}

export function describeEvent(event: JobEvent): string | undefined {
  const sentence = sentences[event.type]?.(event.data)
  return sentence === undefined ? undefined : plain(sentence)
}

/** `r3 90%, r4 10%`. */
export function describeWeights(weights: unknown): string {
  return Object.entries((weights ?? {}) as Record<string, number>)
    .map(([revision, percent]) => `r${revision} ${percent}%`)
    .join(', ')
}

function nameReplica(data: Data): string {
  const host = data.host ? ` on ${data.host}` : ''
  return `${data.replica ?? 'a replica'}${data.revision ? ` of r${data.revision}` : ''}${host}`
}

function list(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ')
  if (typeof value !== 'object' || value === null) return String(value ?? '')
  return Object.entries(value)
    .filter(([, inner]) => inner !== null && typeof inner !== 'object')
    .map(([name, inner]) => `${name} ${inner}`)
    .join(', ')
}
