import { z } from 'zod'
import { jobEvent } from '../jobs/events.ts'
import { type ControlVerb, jobKinds, jobStates, jobVerbs, stepStates, waitReasons } from '../jobs/job.ts'
import { jobRequest, recordedRequest, terminalSize } from '../jobs/request.ts'
import { jobResult } from '../jobs/results.ts'
import type { Right } from '../roles.ts'
import { shapeOf } from '../stored.ts'
import { appName, environmentName } from '../values/names.ts'
import { at, defineOperation, emptyBody } from './operation.ts'
import { cursor, digits, flag, limit, pageOf, words } from './query.ts'

export const failureView = z.object({
  code: z.string(),
  message: z.string(),
  remedy: z.string(),
  /** Where more is written of what to do: a path of Stevedore’s repository. Absent from an older server. */
  runbook: z.string().optional(),
  diagnosis: z.string().nullable(),
})
export type FailureView = z.output<typeof failureView>

export const stepView = z.object({
  name: z.string(),
  position: z.int(),
  state: z.enum(stepStates),
  attempt: z.int(),
  startedAt: at,
  endedAt: at.nullable(),
})
export type StepView = z.output<typeof stepView>

export const jobView = z.object({
  id: z.uuid(),
  kind: z.enum(jobKinds),
  app: z.string(),
  environment: z.string().nullable(),
  state: z.enum(jobStates),
  /** What was asked for, as it was recorded. */
  request: shapeOf(recordedRequest),
  /** The targets that the request came to mean; none where they show only later, or are not known. */
  targets: z.array(z.string()),
  /** The version of the spec whose settings it works by. */
  specVersion: z.int(),
  /** What a deploy or rollback brings: `REGISTRY/NAME@sha256:…`, or the id of an image that has no registry. null of all else. */
  image: z.string().nullable(),
  progress: z.int().min(0).max(100),
  /** The fence: how often it was handed to a worker. */
  attempt: z.int(),
  /** Tries that failed by the job's own doing, and how many it may have. */
  failures: z.int(),
  maxFailures: z.int(),
  /** Workers lost under it. */
  losses: z.int(),
  waitingFor: z.enum(waitReasons).nullable(),
  /** In words, where there is more to say; null else. */
  waitNote: z.string().nullable(),
  dueAt: at.nullable(),
  /** Jobs before it in its environment's line. */
  place: z.int().nullable(),
  error: failureView.nullable(),
  result: jobResult.nullable(),
  requestedBy: z.string(),
  parentId: z.uuid().nullable(),
  correlationId: z.string(),
  createdAt: at,
  startedAt: at.nullable(),
  finishedAt: at.nullable(),
})
export type JobView = z.output<typeof jobView>

export const jobDetailView = jobView.extend({
  steps: z.array(stepView),
  /** The steps that its plan has still to come, by their names; none before there is a plan. */
  planned: z.array(z.string()),
  /** What may be asked of it as it stands, by who has the right to. */
  verbs: z.array(z.enum(jobVerbs)),
})
export type JobDetailView = z.output<typeof jobDetailView>

const someId = '00000000-0000-0000-0000-000000000000'

function beginsId(text: string): boolean {
  return z.guid().safeParse(text + someId.slice(text.length)).success
}

/** A job's id, or so much of its beginning that no other job's has the same. */
const jobReference = z
  .string()
  .regex(/^[0-9a-f]{8}[0-9a-f-]{0,28}$/i, 'the id of a job, or its first 8 characters or more')
  .refine(beginsId, { error: 'the id of a job, or its first 8 characters or more' })
  .meta({ description: 'The id of a job, or so much of its beginning, from 8 characters on, as is of no other.' })

const params = z.object({ id: jobReference })

export const createJob = defineOperation({
  method: 'POST',
  url: '/v1/jobs',
  summary:
    'Record a build, push, deploy or rollback; a deploy with `remove` takes its environment down. What it works on is decided now; 202 means that it is kept.',
  access: { right: 'deploy', reach: 'scoped' },
  body: jobRequest,
  headers: { 'Idempotency-Key': 'Repeating the request with this key within 24 hours gives the same job.' },
  answerHeaders: { Location: 'The address of the job.' },
  answers: { 202: jobView },
})

export const listJobs = defineOperation({
  method: 'GET',
  url: '/v1/jobs',
  summary: 'Jobs, newest first.',
  access: { right: 'read', reach: 'scoped' },
  query: z.strictObject({
    app: appName.optional(),
    environment: environmentName.optional(),
    kind: z.enum(jobKinds).optional(),
    state: words(jobStates).optional().meta({ description: 'One state, or several: `queued,waiting`.' }),
    waitingFor: words(waitReasons).optional().meta({ description: 'Of those that wait: for this, or one of these.' }),
    limit,
    cursor: cursor.optional(),
  }),
  answers: { 200: pageOf(jobView) },
})

export const getJob = defineOperation({
  method: 'GET',
  url: '/v1/jobs/:id',
  summary: 'One job with its steps, progress, error, why it waits and its place in the line.',
  access: { right: 'read', reach: 'job' },
  params,
  answers: { 200: jobDetailView },
})

function steer<B extends z.ZodType>(verb: ControlVerb, right: Right, summary: string, body: B) {
  return defineOperation({
    method: 'POST',
    url: `/v1/jobs/:id/${verb}`,
    summary: `${summary} 409 where the state does not allow it.`,
    access: { right, reach: 'job' },
    params,
    body,
    answers: { 202: jobView },
  })
}

export const cancelJob = steer(
  'cancel',
  'deploy',
  'End a job that is not done. What it began is cleaned up.',
  emptyBody,
)
export const approveJob = steer(
  'approve',
  'approve',
  'Let a deploy that waits for approval go on: not by who asked for it, unless its environment says `selfApproval`. With `image` and `specVersion`, as the job shows them, for that alone.',
  z.strictObject({ image: z.string().max(600).nullable().optional(), specVersion: z.int().optional() }).optional(),
)
export const rejectJob = steer(
  'reject',
  'approve',
  'Refuse a deploy that waits for approval; it fails as `rejected`.',
  emptyBody,
)
export const pauseJob = steer('pause', 'deploy', 'Stop a rollout after the step that runs.', emptyBody)
export const resumeJob = steer('resume', 'deploy', 'Go on with a paused rollout.', emptyBody)
export const promoteJob = steer(
  'promote',
  'deploy',
  'End the pause of a canary; `{"full": true}` skips all that remain.',
  z.strictObject({ full: z.boolean().optional() }).optional(),
)
export const abortJob = steer(
  'abort',
  'deploy',
  'Return all traffic to the stable revision and end the deploy.',
  emptyBody,
)

export const retryJob = defineOperation({
  method: 'POST',
  url: '/v1/jobs/:id/retry',
  summary: 'Record a new job of the same work as one that failed, was cancelled or superseded.',
  access: { right: 'deploy', reach: 'job' },
  params,
  body: emptyBody,
  answerHeaders: { Location: 'The address of the new job.' },
  answers: { 202: jobView },
})

export const followJobEvents = defineOperation({
  method: 'GET',
  url: '/v1/jobs/:id/events',
  summary:
    'Server-Sent Events of a job from its first, or from `Last-Event-ID` on; ends after the final one, with `follow=0` after the last that is there. 204 when there are no more.',
  access: { right: 'read', reach: 'job' },
  params,
  query: z.strictObject({ follow: flag.default(true) }),
  headers: { 'Last-Event-ID': 'The id of the last event that was seen.' },
  answers: { 200: { events: jobEvent }, 204: undefined },
})

/** An event of any job, with what it is of. The first of a stream, named `ready`, has `cursor` alone: how far everything is known. */
export const feedEvent = z.intersection(
  jobEvent,
  z.object({
    job: z.uuid(),
    app: z.string(),
    environment: z.string().nullable(),
    jobKind: z.enum(jobKinds),
  }),
)

export const followEvents = defineOperation({
  method: 'GET',
  url: '/v1/events',
  summary:
    'Server-Sent Events of all jobs that the token sees, from now on, or from `Last-Event-ID` or `since` on; without an end. The first is `ready`, with the cursor up to which everything is known.',
  access: { right: 'read', reach: 'scoped' },
  query: z.strictObject({
    app: appName.optional(),
    environment: environmentName.optional(),
    job: z.uuid().optional().meta({ description: 'The whole id of a job.' }),
    since: digits(0, Number.MAX_SAFE_INTEGER)
      .optional()
      .meta({ description: 'The id of the last event that was seen.' }),
  }),
  headers: { 'Last-Event-ID': 'The id of the last event that was seen; goes before `since`.' },
  answers: { 200: { events: feedEvent } },
})

/** A piece of a job's output. */
const logEvent = z.object({ text: z.string() })

export const readJobLog = defineOperation({
  method: 'GET',
  url: '/v1/jobs/:id/logs',
  summary:
    'The output of a job as text from a byte offset, or its last `tail` lines; with `follow=1` until the job ends. As Server-Sent Events where they are accepted: the id of each is the offset after it.',
  access: { right: 'read', reach: 'job' },
  params,
  query: z
    .strictObject({
      offset: digits(0, 2 ** 40).optional(),
      tail: digits(0, 10_000).optional(),
      follow: flag.default(false),
    })
    .refine(({ offset, tail }) => offset === undefined || tail === undefined, {
      error: 'goes without offset',
      path: ['tail'],
    }),
  headers: { 'Last-Event-ID': 'The offset to go on from, when the answer is Server-Sent Events.' },
  answerHeaders: {
    'Stevedore-Log-Offset': 'The byte offset at which the answer begins.',
    'Stevedore-Log-Line': 'Where `tail` is asked for: how many lines are before the answer.',
  },
  answers: { 200: ['text/plain', { events: logEvent }] },
})

const longestInput = 16_384

export const writeTerminal = defineOperation({
  method: 'POST',
  url: '/v1/jobs/:id/terminal',
  summary:
    'Type into the terminal of a command, resize it, say what was shown. For who has asked for the job alone; who says nothing for 15 s is gone, and the command is ended.',
  access: { right: 'exec', reach: 'job' },
  params,
  body: z
    .strictObject({
      /** Of the input: 1, 2, 3 …. What was taken before is not taken again, and none is passed over. */
      seq: z.int().min(1).max(2_147_483_647).optional(),
      /** In base64. */
      input: z
        .base64()
        .min(1)
        .max(Math.ceil(longestInput / 3) * 4)
        .optional(),
      size: terminalSize.optional(),
      /** The number of the last piece of output that was shown; it and those before it are removed. */
      seen: z.int().min(0).optional(),
    })
    .optional(),
  answers: {
    200: z.object({
      /** The number of the last input that was taken: one that came while there was no room is sent again. */
      taken: z.int(),
    }),
  },
})

export const readTerminal = defineOperation({
  method: 'GET',
  url: '/v1/jobs/:id/terminal',
  summary:
    'What the terminal of a command shows, as Server-Sent Events until it ends, for who has asked for the job alone. The first, which is empty, comes when the command is about to begin.',
  access: { right: 'exec', reach: 'job' },
  params,
  headers: { 'Last-Event-ID': 'The number of the piece to go on after.' },
  answers: { 200: { events: z.object({ output: z.base64() }) } },
})
