import { z } from 'zod'
import { grantAccesses, resourceKinds } from './app-spec/resource-kinds.ts'
import { scale } from './app-spec/scale.ts'
import { failureCode } from './errors/failures.ts'
import { jobKinds, jobStates, queueReasons, waitReasons } from './jobs/job.ts'
import { recordedRequest } from './jobs/request.ts'
import { roles } from './roles.ts'
import { shapeOf } from './stored.ts'

const none = z.object({})
const numbered = z.object({ number: z.int() })

const grantDetail = z.object({
  kind: z.enum(resourceKinds),
  name: z.string(),
  context: z.string(),
  access: z.enum(grantAccesses),
})

/**
 * What can stand in the audit trail, and what each entry tells beside who and when. `job.transition` covers each change of a job's
 * state, exactly one entry each. Never a secret: the trail is for ever.
 */
export const auditDetail = {
  'app.declared': z.object({ specVersion: z.int() }),
  'app.retired': none,
  'job.requested': z.object({
    kind: z.enum(jobKinds),
    request: shapeOf(recordedRequest),
    state: z.enum(jobStates),
    waitingFor: z.enum(waitReasons).optional(),
    requestedBy: z.string(),
    parentId: z.string().nullable(),
  }),
  'job.transition': z.object({
    from: z.enum(jobStates),
    to: z.enum(jobStates),
    attempt: z.int(),
    waitingFor: z.enum(waitReasons).optional(),
    reason: z.enum(queueReasons).optional(),
    code: failureCode.optional(),
    by: z.string().optional(),
  }),
  'job.cancel': none,
  'job.retry': none,
  /** What the approval was of; absent in entries of older versions. */
  'job.approve': z.object({ image: z.string().nullable().optional(), specVersion: z.int().optional() }),
  'job.reject': none,
  'job.pause': none,
  'job.resume': none,
  'job.promote': none,
  'job.abort': none,
  'revision.created': numbered.extend({ image: z.string(), version: z.string(), cause: z.string() }),
  'revision.activated': numbered,
  'revision.failed': numbered,
  /** The counts of replicas that go before those of its settings from now on. */
  'revision.scaled': numbered.extend({ scale: shapeOf(scale) }),
  'service.activated': z.object({ service: z.string(), number: z.int(), image: z.string() }),
  'service.failed': z.object({ service: z.string(), number: z.int() }),
  /** With the volumes that went with their data, where that was asked for. */
  'environment.removed': z.object({ revision: z.int(), volumesRemoved: z.array(z.string()).optional() }),
  'environment.swept': z.object({ revision: z.int() }),
  'environment.pinned': z.object({ pinnedBy: z.string() }),
  'environment.unpinned': none,
  'image.recorded': z.object({
    version: z.string(),
    target: z.string(),
    imageId: z.string().optional(),
    digest: z.string().optional(),
  }),
  'secret.set': z.object({ name: z.string(), fingerprint: z.string(), hosts: z.array(z.string()).optional() }),
  /** Where it may be sent as a credential from now on, as declared apps name it. */
  'secret.bound': z.object({ name: z.string(), hosts: z.array(z.string()) }),
  'secret.removed': z.object({ name: z.string() }),
  'certificate.put': z.object({ name: z.string(), fingerprint: z.string(), expiresAt: z.string() }),
  'certificate.removed': z.object({ name: z.string(), fingerprint: z.string() }),
  'grant.put': grantDetail,
  'grant.removed': grantDetail,
  'token.created': z.object({
    id: z.string(),
    name: z.string(),
    role: z.enum(roles),
    person: z.string().optional(),
  }),
  'token.revoked': z.object({ id: z.string(), name: z.string() }),
  'webhook.received': z.object({
    provider: z.string(),
    deliveryId: z.string(),
    /** It came while the ledger was away, or a person had it judged anew. */
    cause: z.enum(['reconciled', 'redelivered']).optional(),
  }),
  /** Times at which nothing was recorded, from the first of them on, since nobody looked; 1000 stands for that many or more. */
  'schedule.missed': z.object({ schedule: z.string(), from: z.string(), count: z.int() }),
  /** A time of which no job was made, with the reason. */
  'schedule.skipped': z.object({ schedule: z.string(), dueAt: z.string(), reason: z.string() }),
  /** A copy of all that the ledger held went out; `seq` is where the trail was then. */
  'backup.made': z.object({ seq: z.int(), rows: z.int(), bytes: z.int() }),
  /** The ledger began anew from such a copy. */
  'backup.restored': z.object({ seq: z.int(), takenAt: z.string() }),
} as const satisfies Record<string, z.ZodObject>

export type AuditAction = keyof typeof auditDetail
export const auditActions = Object.keys(auditDetail) as [AuditAction, ...AuditAction[]]
export type AuditDetail<A extends AuditAction> = z.output<(typeof auditDetail)[A]>
