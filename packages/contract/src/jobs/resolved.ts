import { z } from 'zod'
import { scale } from '../app-spec/scale.ts'
import { strategyTypes } from '../app-spec/strategy-types.ts'
import type { JobKind } from './job.ts'

export const resolvedBuild = z.strictObject({
  kind: z.literal('build'),
  /** Stages in order; null for the Dockerfile's `production` or, where it has none, its last one alone. */
  targets: z.array(z.string()).nullable(),
  /** A branch, a tag or a full commit; of a job that an event started, the full name of the event's ref. */
  ref: z.string().nullable(),
  /** The event's commit, which is built wherever the ref has moved since. */
  commit: z.string().optional(),
  /** null: `git describe` of the checkout. */
  version: z.string().nullable(),
  push: z.boolean(),
  /** null: the image stays on the engine that builds it. */
  registry: z.string().nullable(),
  noCache: z.boolean(),
  /** An uploaded archive instead of git. */
  upload: z.string().nullable(),
  /** Builds of one scope share layers; a fork's pull request has a scope of its own. */
  cacheScope: z.string(),
  /** An untrusted build gets no secrets. */
  trusted: z.boolean(),
})

export const resolvedPush = z.strictObject({
  kind: z.literal('push'),
  images: z.array(z.strictObject({ version: z.string(), target: z.string() })),
})

export const resolvedDeploy = z.strictObject({
  kind: z.literal('deploy'),
  /** `REGISTRY/NAME@sha256:…`; of an image that has no registry its id, `sha256:…`. */
  image: z.string(),
  version: z.string(),
  target: z.string().nullable(),
  dryRun: z.boolean(),
  /** Overrides the environment's own. */
  strategy: z.enum(strategyTypes).nullable(),
  /** A person's deploy ends a rollback's pin; a trigger's does not start while one holds. */
  byPerson: z.boolean(),
})

/** Takes down what the environment runs when the job's turn comes: a deploy before it in the line may still change that. */
export const resolvedRemoval = z.strictObject({
  kind: z.literal('deploy'),
  remove: z.literal(true),
  /** The volumes go as well; absent: they stay. */
  withData: z.literal(true).optional(),
})

/** Takes what runs when the job's turn comes for the environment's revision. */
export const resolvedAdoption = z.strictObject({ kind: z.literal('deploy'), adopt: z.literal(true) })

/** Makes what runs when the job's turn comes run afresh. */
export const resolvedRestart = z.strictObject({
  kind: z.literal('deploy'),
  restart: z.literal(true),
  /** The replicas of this process alone; absent: all that runs. */
  process: z.string().optional(),
})

/** Gives what runs when the job's turn comes these counts. */
export const resolvedScale = z.strictObject({ kind: z.literal('deploy'), scale })
/** Brings a companion to what the job's version of the spec says of it. */
export const resolvedServiceUpdate = z.strictObject({ kind: z.literal('deploy'), service: z.string() })

export const resolvedRollback = z.strictObject({
  kind: z.literal('rollback'),
  toRevision: z.int(),
  image: z.string(),
  version: z.string(),
  /** null in rows that were written before this was kept. */
  target: z.string().nullable().default(null),
})

/** The revision that was current when the command was asked for: its image, settings and secrets are what it runs with. */
const resolvedRun = z.strictObject({
  kind: z.literal('run'),
  revision: z.int(),
  image: z.string(),
  version: z.string(),
})

/** The same inside a replica of that revision which runs when the job's turn comes. */
const resolvedExec = resolvedRun.extend({
  in: z.literal('replica'),
  process: z.string(),
  /** null: any that runs. */
  replica: z.string().nullable(),
})

/**
 * What a request came to mean when the job was recorded: nothing that could have moved since (a tag, a spec, the newest image) is
 * looked up again.
 */
export const resolvedJob = z.union([
  resolvedBuild,
  resolvedPush,
  resolvedRemoval,
  resolvedAdoption,
  resolvedRestart,
  resolvedScale,
  resolvedServiceUpdate,
  resolvedDeploy,
  resolvedRollback,
  resolvedRun,
  resolvedExec,
])
export type ResolvedJob = z.output<typeof resolvedJob>

export type ResolvedBuild = z.output<typeof resolvedBuild>
export type ResolvedPush = z.output<typeof resolvedPush>
export type ResolvedDeploy = z.output<typeof resolvedDeploy>
export type ResolvedRemoval = z.output<typeof resolvedRemoval>
export type ResolvedAdoption = z.output<typeof resolvedAdoption>
export type ResolvedRestart = z.output<typeof resolvedRestart>
export type ResolvedScale = z.output<typeof resolvedScale>
export type ResolvedServiceUpdate = z.output<typeof resolvedServiceUpdate>
export type ResolvedRollback = z.output<typeof resolvedRollback>
type ResolvedRun = z.output<typeof resolvedRun>
export type ResolvedExec = z.output<typeof resolvedExec>

export interface ResolvedByKind extends Record<JobKind, ResolvedJob> {
  build: ResolvedBuild
  push: ResolvedPush
  deploy: ResolvedDeploy | ResolvedRemoval | ResolvedAdoption | ResolvedRestart | ResolvedScale | ResolvedServiceUpdate
  rollback: ResolvedRollback
  run: ResolvedRun | ResolvedExec
}

/** Deploys, rollbacks and commands are of an environment; builds and pushes are of their app as a whole. */
export interface EnvironmentByKind extends Record<JobKind, string | null> {
  build: null
  push: null
  deploy: string
  rollback: string
  run: string
}

/** A later action of a pipeline: the job to record when the one before it has succeeded. */
export const followUp = z.strictObject({
  kind: z.enum(['push', 'deploy']),
  environment: z.string().optional(),
  target: z.string().optional(),
})
export type FollowUp = z.output<typeof followUp>
