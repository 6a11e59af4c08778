import { z } from 'zod'
import { auditActions } from '../audit.ts'
import { appName, environmentName } from '../values/names.ts'
import { at, defineOperation } from './operation.ts'
import { cursor, digits, limit, pageOf } from './query.ts'

/** What JSON can say. */
export const jsonValue = z.json()

export const auditEntryView = z.object({
  seq: z.int(),
  at,
  /** `token:<name>`, `webhook:<provider>`, `schedule:<name>`, `worker:<id>` or `system`. */
  actor: z.string(),
  action: z.enum(auditActions),
  app: z.string().nullable(),
  environment: z.string().nullable(),
  jobId: z.uuid().nullable(),
  /** As it was written: the chain covers it to the letter, so it is never brought up to date. */
  detail: z.record(z.string(), jsonValue),
  prevHash: z.string(),
  hash: z.string(),
})
export type AuditEntry = z.output<typeof auditEntryView>

/** What a server has of signed checkpoints of the chain, kept outside the database. */
export const checkpointsView = z.object({
  /** Of the key that signs them: Ed25519, its 32 bytes in base64. */
  publicKey: z.string(),
  /** How many were held against the chain. */
  kept: z.int(),
  /** null before the first. */
  latest: z.object({ seq: z.int(), hash: z.string(), at }).nullable(),
  /** Why they cannot be believed; absent where they can. */
  fault: z.string().optional(),
})
export type CheckpointsView = z.output<typeof checkpointsView>

export const auditVerification = z.object({
  /** Whether the chain holds, agrees with every checkpoint, and all of these can be believed. */
  ok: z.boolean(),
  entries: z.int(),
  /** The chain's last hash. */
  head: z.string(),
  firstBroken: z.object({ seq: z.int(), reason: z.string() }).optional(),
  checkpoints: checkpointsView.optional(),
})
export type AuditVerification = z.output<typeof auditVerification>

/** Whether the ledger knows the time: an offset may lead out of the years that are written with four digits. */
function isKeepable(text: string): boolean {
  const year = new Date(text).getUTCFullYear()
  return year >= 1 && year <= 9_999
}

export const listAudit = defineOperation({
  method: 'GET',
  url: '/v1/audit',
  summary:
    'The audit trail in its order, oldest first, or with `order=desc` newest first; `since` is a time, `cursor` goes on after an entry.',
  access: { right: 'read', reach: 'scoped' },
  query: z.strictObject({
    actor: z.string().max(200).optional(),
    app: appName.optional(),
    environment: environmentName.optional(),
    job: z.uuid().optional().meta({ description: 'The whole id of a job.' }),
    action: z.enum(auditActions).optional(),
    since: z.iso.datetime({ offset: true }).refine(isKeepable, 'a time from the years 1 to 9999').optional(),
    order: z.enum(['asc', 'desc']).default('asc'),
    limit,
    cursor: cursor.optional(),
  }),
  answers: { 200: pageOf(auditEntryView) },
})

export const verifyAudit = defineOperation({
  method: 'GET',
  url: '/v1/audit/verify',
  summary:
    'Recompute the chain and hold it against the signed checkpoints; a head that was kept elsewhere may be given besides, as `seq` and `hash`.',
  access: { right: 'read', reach: 'server' },
  query: z.strictObject({ seq: digits(1, Number.MAX_SAFE_INTEGER).optional(), hash: z.string().max(200).optional() }),
  answers: { 200: auditVerification },
})

export const auditGuard = z.object({
  /** Of PostgreSQL, that the API signs in as. */
  role: z.string(),
  /** By which rights it could change the trail or what keeps it; empty where by none. */
  may: z.array(z.string()),
})

export const getAuditGuard = defineOperation({
  method: 'GET',
  url: '/v1/audit/guard',
  summary: 'Whether the database keeps the audit trail from the service itself.',
  access: { right: 'read', reach: 'server' },
  answers: { 200: auditGuard },
})
