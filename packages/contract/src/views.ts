import { z } from 'zod'
import { appSpec } from './app-spec/app-spec.ts'
import { buildReport } from './build-report.ts'
import { jobKinds, jobStates, stepStates, waitReasons } from './job.ts'
import { roles } from './roles.ts'

/** What the API answers with: the shapes behind the OpenAPI document and the command line. Secret fields have no place here. */
const at = z.iso.datetime()

export const failureView = z.object({
  code: z.string(),
  message: z.string(),
  remedy: z.string(),
  diagnosis: z.string().nullable(),
})

export const stepView = z.object({
  name: z.string(),
  position: z.int(),
  state: z.enum(stepStates),
  attempt: z.int(),
  startedAt: at,
  endedAt: at.nullable(),
})

export const jobView = z.object({
  id: z.uuid(),
  kind: z.enum(jobKinds),
  app: z.string(),
  environment: z.string().nullable(),
  state: z.enum(jobStates),
  /** The request as it was recorded. */
  request: z.record(z.string(), z.unknown()),
  progress: z.int().min(0).max(100),
  /** The fence: how often it was handed to a worker. */
  attempt: z.int(),
  /** Tries that failed by the job's own doing, and how many it may have. */
  failures: z.int(),
  maxFailures: z.int(),
  /** Workers lost under it. */
  losses: z.int(),
  waitingFor: z.enum(waitReasons).nullable(),
  dueAt: at.nullable(),
  /** Jobs before it in its environment's line. */
  place: z.int().nullable(),
  error: failureView.nullable(),
  result: z.record(z.string(), z.unknown()).nullable(),
  requestedBy: z.string(),
  parentId: z.uuid().nullable(),
  correlationId: z.string(),
  createdAt: at,
  startedAt: at.nullable(),
  finishedAt: at.nullable(),
})

export const jobDetailView = jobView.extend({ steps: z.array(stepView) })

export const appView = z.object({
  app: z.string(),
  specVersion: z.int(),
  spec: appSpec,
  declaredBy: z.string(),
  declaredAt: at,
})

export const imageView = z.object({
  version: z.string(),
  target: z.string(),
  reference: z.string(),
  digest: z.string().nullable(),
  pushedAt: at.nullable(),
  jobId: z.uuid(),
  report: buildReport,
})

export const revisionStates = ['pending', 'active', 'retired', 'failed'] as const
export const revisionView = z.object({
  number: z.int(),
  image: z.string(),
  version: z.string(),
  strategy: z.string(),
  state: z.enum(revisionStates),
  /** `deploy`, or `rollback to N`. */
  cause: z.string(),
  specVersion: z.int(),
  settings: z.record(z.string(), z.unknown()),
  jobId: z.uuid(),
  createdBy: z.string(),
  createdAt: at,
  activatedAt: at.nullable(),
})

export const replicaView = z.object({
  name: z.string(),
  revision: z.int(),
  healthy: z.boolean(),
  state: z.string(),
  reason: z.string().nullable(),
  host: z.string().nullable(),
})

export const environmentView = z.object({
  app: z.string(),
  environment: z.string(),
  desired: revisionView.nullable(),
  observed: z
    .object({
      at,
      replicas: z.array(replicaView),
      /** Percent of the traffic by revision number. */
      traffic: z.record(z.string(), z.number()),
      drift: z.array(z.object({ field: z.string(), wanted: z.string(), found: z.string() })),
      address: z.string().nullable(),
    })
    .nullable(),
  pinnedBy: z.string().nullable(),
  activeJobId: z.uuid().nullable(),
})

export const tokenView = z.object({
  id: z.uuid(),
  name: z.string(),
  role: z.enum(roles),
  app: z.string().nullable(),
  environment: z.string().nullable(),
  createdAt: at,
  expiresAt: at.nullable(),
  lastUsedAt: at.nullable(),
})

export const secretView = z.object({
  name: z.string(),
  app: z.string().nullable(),
  environment: z.string().nullable(),
  fingerprint: z.string(),
  updatedAt: at,
})

export type FailureView = z.infer<typeof failureView>
export type StepView = z.infer<typeof stepView>
export type JobView = z.infer<typeof jobView>
export type JobDetailView = z.infer<typeof jobDetailView>
export type AppView = z.infer<typeof appView>
export type ImageView = z.infer<typeof imageView>
export type RevisionView = z.infer<typeof revisionView>
export type ReplicaView = z.infer<typeof replicaView>
export type EnvironmentView = z.infer<typeof environmentView>
export type TokenView = z.infer<typeof tokenView>
export type SecretView = z.infer<typeof secretView>
