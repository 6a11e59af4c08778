import { z } from 'zod'
import { environmentSpec } from '../app-spec/environment.ts'
import { scale } from '../app-spec/scale.ts'
import { schedule, scheduleOutcomes } from '../app-spec/schedules.ts'
import { jobKinds, jobStates, waitReasons } from '../jobs/job.ts'
import { execRequest, runRequest } from '../jobs/request.ts'
import { replica, seenService, trafficWeights } from '../jobs/rollout.ts'
import { shapeOf } from '../stored.ts'
import { appName, environmentName, kubernetesName } from '../values/names.ts'
import { jobView } from './jobs.ts'
import { at, defineOperation, emptyBody } from './operation.ts'
import { digits, flag, limit, pageOf, placeCursor } from './query.ts'

export const revisionStates = ['pending', 'active', 'retired', 'failed'] as const
export type RevisionState = (typeof revisionStates)[number]

export const revisionView = z.object({
  number: z.int(),
  /** `REGISTRY/NAME@sha256:…`; of an image that has no registry its id, `sha256:…`. */
  image: z.string(),
  version: z.string(),
  /** null where it is not known: an image that was given by its digest. */
  target: z.string().nullable(),
  strategy: z.string(),
  state: z.enum(revisionStates),
  /** `deploy`, `restart of N`, `adopted`, or in old ones `rollback to N`. */
  cause: z.string(),
  specVersion: z.int(),
  /** With the counts of `scale`. */
  settings: shapeOf(environmentSpec),
  /** Counts of replicas that were asked for since it was deployed; null where those of its spec hold. Absent from an older server. */
  scale: shapeOf(scale).nullable().optional(),
  /** The secrets that it runs with, each by the version of its value. */
  secrets: z.array(z.object({ name: z.string(), version: z.int() })),
  jobId: z.uuid(),
  createdBy: z.string(),
  createdAt: at,
  activatedAt: at.nullable(),
})
export type RevisionView = z.output<typeof revisionView>

/** What an engine saw of an environment at one moment. */
export const observation = z.object({
  replicas: z.array(replica),
  /** Percent of the traffic by revision number. */
  traffic: trafficWeights,
  drift: z.array(z.object({ field: z.string(), wanted: z.string(), found: z.string() })),
  address: z.string().nullable(),
  /** How many there should be: of the settings, or an autoscaler's choice. Absent in what was seen before this was kept. */
  desiredReplicas: z.int().optional(),
  /** Companions; absent where there are none. */
  services: z.array(seenService).optional(),
})
export type ObservationView = z.output<typeof observation>

/** Of the revision that should run: how many replicas were seen healthy, and how many there should be. */
export const replicaCount = z.object({ healthy: z.int(), desired: z.int() })
export type ReplicaCount = z.output<typeof replicaCount>

/** How the last deploy or rollback of an environment failed. */
const lastFailure = z.object({
  jobId: z.uuid(),
  kind: z.enum(jobKinds),
  code: z.string(),
  message: z.string(),
  at,
})

/** A schedule as it stands, and what was made of its last time. */
export const scheduleView = schedule.extend({
  name: z.string(),
  /** null where no time comes. */
  nextAt: at.nullable(),
  /** null before the first time. */
  last: z.object({ dueAt: at, outcome: z.enum(scheduleOutcomes), reason: z.string().nullable() }).nullable(),
  /** The last job that was recorded; null before the first. */
  lastJob: z
    .object({
      id: z.uuid(),
      state: z.enum(jobStates),
      exitCode: z.int().nullable(),
      code: z.string().nullable(),
      createdAt: at,
    })
    .nullable(),
})
export type ScheduleView = z.output<typeof scheduleView>

/** A companion as it was made, and what differs from that in the spec. */
export const serviceView = z.object({
  name: z.string(),
  /** Its own: each change of it is one. */
  revision: z.int(),
  image: z.string(),
  /** null before anything was seen of it. */
  seen: z.object({ state: z.string(), healthy: z.boolean(), reason: z.string().nullable() }).nullable(),
  /** Fields of the spec that differ from what it was made with, and secrets of which a newer value is stored. */
  changed: z.array(z.string()),
  /** Whether the spec still has it. */
  declared: z.boolean(),
  jobId: z.uuid(),
  createdBy: z.string(),
  activatedAt: at.nullable(),
})
export type ServiceView = z.output<typeof serviceView>

export const environmentView = z.object({
  app: z.string(),
  environment: z.string(),
  desired: revisionView.nullable(),
  observed: observation.extend({ at }).nullable(),
  /** null where nothing runs or nothing was seen yet. */
  replicas: replicaCount.nullable(),
  /** Secrets of which a newer value is stored than the one that runs: the next deploy takes it. */
  changedSecrets: z.array(z.string()),
  /** Of the last deploy or rollback that ended by itself; null where that one succeeded. */
  lastFailure: lastFailure.nullable(),
  pinnedBy: z.string().nullable(),
  activeJobId: z.uuid().nullable(),
  /** Why that job waits; null while it runs, or where there is none. */
  waitingFor: z.enum(waitReasons).nullable(),
  /** By name. Absent from an older server. */
  schedules: z.array(shapeOf(scheduleView)).optional(),
  /** Companions, by name. Absent from an older server. */
  services: z.array(serviceView).optional(),
})
export type EnvironmentView = z.output<typeof environmentView>

const params = z.object({ app: appName, environment: environmentName })

export const unknownPlace = z.object({
  app: z.string(),
  environment: z.string(),
  /** The machine, as its engine calls it, or `namespace NAME`. */
  host: z.string(),
  replicas: z.int(),
  revisions: z.array(z.int()),
  /** What nobody else can have while it is there: `port 8080`, `host shop.example.com`. */
  claims: z.array(z.string()),
  seenAt: at,
})
export type UnknownPlaceView = z.output<typeof unknownPlace>

export const listUnknownPlaces = defineOperation({
  method: 'GET',
  url: '/v1/unknown-places',
  summary:
    'What the workers find on their Docker hosts and in their namespaces of apps and environments that the ledger does not know.',
  access: { right: 'read', reach: 'server' },
  answers: { 200: pageOf(unknownPlace) },
})

export const listEnvironments = defineOperation({
  method: 'GET',
  url: '/v1/apps/:app/environments',
  summary: 'The environments of an app, those that left its spec but were deployed to included.',
  access: { right: 'read', reach: 'app' },
  params: z.object({ app: appName }),
  answers: { 200: pageOf(environmentView) },
})

export const listAllEnvironments = defineOperation({
  method: 'GET',
  url: '/v1/environments',
  summary: 'The environments of all apps that the token reaches, by app and name.',
  access: { right: 'read', reach: 'scoped' },
  query: z.strictObject({ limit, cursor: placeCursor.optional() }),
  answers: { 200: pageOf(environmentView) },
})

export const getEnvironment = defineOperation({
  method: 'GET',
  url: '/v1/apps/:app/environments/:environment',
  summary: 'What should run and what was observed to run.',
  access: { right: 'read', reach: 'environment' },
  params,
  answers: { 200: environmentView },
})

export const listRevisions = defineOperation({
  method: 'GET',
  url: '/v1/apps/:app/environments/:environment/revisions',
  summary: 'The history of an environment, newest first.',
  access: { right: 'read', reach: 'environment' },
  params,
  query: z.strictObject({ limit: digits(1, 1_000).default(100) }),
  answers: { 200: pageOf(revisionView) },
})

export const getRevision = defineOperation({
  method: 'GET',
  url: '/v1/apps/:app/environments/:environment/revisions/:number',
  summary: 'One revision: its image and the settings that it runs with.',
  access: { right: 'read', reach: 'environment' },
  params: params.extend({ number: digits(1, 2_147_483_647) }),
  answers: { 200: revisionView },
})

export const settingChange = z.object({
  /** `image`, `env.LOG_LEVEL`, `health.path`, `secrets.DATABASE_URL`: of a secret its fingerprints are told. */
  path: z.string(),
  /** null where there is nothing. */
  from: z.unknown(),
  to: z.unknown(),
})
export type SettingChange = z.output<typeof settingChange>

export const revisionComparison = z.object({ from: z.int(), to: z.int(), changes: z.array(settingChange) })
export type RevisionComparison = z.output<typeof revisionComparison>

const revisionNumber = digits(1, 2_147_483_647)

export const compareRevisions = defineOperation({
  method: 'GET',
  url: '/v1/apps/:app/environments/:environment/compare',
  summary:
    'In what two revisions differ: their images and all that they run with. Of secrets the fingerprints are told, never a value.',
  access: { right: 'read', reach: 'environment' },
  params,
  query: z.strictObject({ from: revisionNumber, to: revisionNumber }),
  answers: { 200: revisionComparison },
})

export const readEnvironmentLog = defineOperation({
  method: 'GET',
  url: '/v1/apps/:app/environments/:environment/logs',
  summary:
    'The output of what runs in an environment, or of one of its processes (`web`, or one of the spec or of its manifests) or companions, the last `tail` lines first; with `follow=1` until the client leaves.',
  access: { right: 'read', reach: 'environment' },
  params,
  query: z.strictObject({
    tail: digits(0, 10_000).default(100),
    follow: flag.default(false),
    process: kubernetesName.optional(),
  }),
  answers: { 200: 'text/plain' },
})

export const unpinEnvironment = defineOperation({
  method: 'POST',
  url: '/v1/apps/:app/environments/:environment/unpin',
  summary: 'End the pin that a rollback left, so that triggers deploy here again.',
  access: { right: 'deploy', reach: 'environment' },
  params,
  body: emptyBody,
  answers: { 200: environmentView },
})

export const runCommand = defineOperation({
  method: 'POST',
  url: '/v1/apps/:app/environments/:environment/runs',
  summary:
    'Record a job that runs a command, or what a schedule of the environment runs, once: in the image and with the settings and secrets of the current revision. It stands in no line, and is never begun a second time.',
  access: { right: 'run', reach: 'environment' },
  params,
  body: runRequest,
  headers: { 'Idempotency-Key': 'Repeating the request with this key within 24 hours gives the same job.' },
  answerHeaders: { Location: 'The address of the job.' },
  answers: { 202: jobView },
})

export const execCommand = defineOperation({
  method: 'POST',
  url: '/v1/apps/:app/environments/:environment/execs',
  summary:
    'Record a job that runs a command inside a running replica of the current revision. It stands in no line, and is never begun a second time.',
  access: { right: 'exec', reach: 'environment' },
  params,
  body: execRequest,
  headers: { 'Idempotency-Key': 'Repeating the request with this key within 24 hours gives the same job.' },
  answerHeaders: { Location: 'The address of the job.' },
  answers: { 202: jobView },
})
