import { z } from 'zod'
import { failureCode } from '../errors/failures.ts'
import { controlVerbs, queueReasons, waitReasons } from './job.ts'
import { jobControl } from './job-control.ts'
import { jobResult } from './results.ts'
import { change, replica, sample, trafficWeights, verdicts } from './rollout.ts'

/** A failure without its operator's detail: watchers need not be operators. */
const failureFacts = {
  code: failureCode.optional(),
  message: z.string().optional(),
  diagnosis: z.string().optional(),
}

const readied = z.object({ attempt: z.int(), reason: z.enum(queueReasons).optional() })
const waited = z.object({
  waitingFor: z.enum(waitReasons),
  dueAt: z.string().nullable().default(null),
  ...failureFacts,
})
const asked = z.object({ verb: z.enum(controlVerbs), by: z.string(), control: jobControl })
const ended = z.object({ ...failureFacts, result: jobResult.optional() })

/** Before events were typed, a cluster told of replicas that were stopped by their number alone. */
const replicaFacts = z.object({
  replica: z.string().default('replicas'),
  revision: z.int(),
  host: z.string().optional(),
})

/**
 * Facts of a job that watchers are told: what each carries. Events of older versions are read by these too, so they only ever grow by
 * what may be absent.
 */
export const eventData = {
  'job.queued': readied,
  'job.started': z.object({ attempt: z.int(), workerId: z.string() }),
  'job.waiting': waited,
  'job.resumed': readied,
  'job.cancel-requested': asked,
  'job.control-requested': asked,
  'job.retry-scheduled': waited,
  'job.rescued': readied,
  'job.succeeded': z.object({ result: jobResult }),
  'job.failed': ended,
  'job.cancelled': ended,
  'job.superseded': z.object({ by: z.string(), reason: z.string().optional() }),
  /** Its output begins at `logOffset`; absent in events of before this was kept. */
  'step.started': z.object({ name: z.string(), position: z.int(), attempt: z.int(), logOffset: z.int().optional() }),
  'step.progress': z.object({ percent: z.int() }),
  'step.succeeded': z.object({ name: z.string() }),
  'step.failed': z.object({ name: z.string(), state: z.enum(['failed', 'cancelled']), ...failureFacts }),
  'image.built': z.object({
    version: z.string(),
    target: z.string(),
    imageId: z.string(),
    tags: z.array(z.string()),
    size: z.int(),
  }),
  'image.pushed': z.object({
    version: z.string(),
    target: z.string(),
    digest: z.string(),
    tags: z.array(z.string()),
  }),
  'replica.started': replicaFacts,
  'replica.healthy': replicaFacts,
  'replica.stopped': replicaFacts,
  'traffic.shifted': z.object({ weights: trafficWeights, host: z.string().optional() }),
  'analysis.sampled': z.object({
    verdict: z.enum(verdicts),
    reason: z.string(),
    revision: z.int(),
    sample: sample.nullable(),
  }),
  /** `until` is null where a person, or the other controller, ends the pause. */
  'rollout.paused': z.object({ until: z.string().nullable().default(null), by: z.literal('argo').optional() }),
  'rollout.aborted': z.object({ code: failureCode, returned: z.boolean() }),
  'rollout.observed': z.object({
    replicas: z.array(replica.partial({ reason: true, host: true })).default([]),
    traffic: trafficWeights.default({}),
    address: z.string().nullable().default(null),
  }),
  /** Nothing served for so long: what ran was stopped before what came was started. */
  'rollout.interrupted': z.object({ downMs: z.int() }),
  /** A companion is to run as of this revision of its own: it is made, or was there. */
  'service.started': z.object({ service: z.string(), revision: z.int(), image: z.string() }),
  /** The spec says other things of a companion than what runs, in these fields; the deploy leaves it as it is. */
  'service.differs': z.object({ service: z.string(), fields: z.array(z.string()), remedy: z.string() }),
  'environment.removed': z.object({ revision: z.int(), volumesRemoved: z.array(z.string()).optional() }),
  'changes.previewed': z.object({ changes: z.array(change), notes: z.array(z.string()).optional() }),
} as const satisfies Record<string, z.ZodObject>

export type EventType = keyof typeof eventData
export const eventTypes = Object.keys(eventData) as EventType[]
/** What an event of a type carries. */
export type EventData<T extends EventType> = z.output<(typeof eventData)[T]>

/** An event on its way into the ledger. */
export type NewEvent = { [T in EventType]: { type: T; data: z.input<(typeof eventData)[T]> } }[EventType]

interface Recorded {
  jobId: string
  /** 1, 2, 3 … within the job: the SSE id. */
  seq: number
  at: string
}
export type JobEvent<T extends EventType = EventType> = { [K in T]: Recorded & { type: K; data: EventData<K> } }[T]

const [first, ...rest] = eventTypes.map((type) =>
  z.object({
    jobId: z.uuid(),
    seq: z.int(),
    type: z.literal(type),
    at: z.iso.datetime(),
    data: eventData[type],
  }),
)
/** A list of types that was made from the catalogue keeps no tie between a type and its data: the cast brings it back. */
export const jobEvent = z.discriminatedUnion('type', [first!, ...rest]) as z.ZodType as z.ZodType<JobEvent>
