import { z } from 'zod'
import { command, commandTimeout, usualCommandTimeout } from '../app-spec/command.ts'
import { scale } from '../app-spec/scale.ts'
import { strategyTypes } from '../app-spec/strategy-types.ts'
import { gitRef } from '../values/git-ref.ts'
import {
  appName,
  environmentName,
  kubernetesName,
  pinnedImage,
  registryHost,
  targetName,
  version,
} from '../values/names.ts'
import type { JobKind } from './job.ts'
import { repositoryEvent } from './repository-event.ts'

const buildShape = z.strictObject({
  kind: z.literal('build'),
  app: appName,
  /** A target, or `all` for those that the spec lists. */
  target: targetName.optional(),
  ref: gitRef.optional(),
  version: version.optional(),
  push: z.boolean().optional(),
  registry: registryHost.optional(),
  noCache: z.boolean().optional(),
  /** An archive uploaded beforehand by `POST /v1/apps/:app/uploads`. */
  upload: z.uuid().optional(),
})

const pushShape = z.strictObject({
  kind: z.literal('push'),
  app: appName,
  version: version.optional(),
  image: z.string().max(600).optional(),
  target: targetName.optional(),
})

const deployShape = z.strictObject({
  kind: z.literal('deploy'),
  app: appName,
  environment: environmentName,
  version: version.optional(),
  image: pinnedImage.optional(),
  target: targetName.optional(),
  dryRun: z.boolean().optional(),
  strategy: z.enum(strategyTypes).optional(),
  /** Takes the environment down instead: it runs nothing until something is deployed again. */
  remove: z.boolean().optional(),
  /** Of a removal: the environment's volumes go too, and all that is in them. */
  withData: z.boolean().optional(),
  /** Changes nothing that runs: records it as the environment's revision instead, where the ledger knows nothing of it. */
  adopt: z.boolean().optional(),
  /** Replaces what runs by the same again: its image, settings and values of secrets. */
  restart: z.boolean().optional(),
  /** Of a restart: the replicas of this process, or of this Deployment of its manifests, alone. */
  process: kubernetesName.optional(),
  /** Gives what runs these counts of replicas, until something else is deployed. */
  scale: scale.optional(),
  /** Brings this companion to what the spec says of it instead: nothing else does. */
  service: appName.optional(),
})

const rollbackShape = z.strictObject({
  kind: z.literal('rollback'),
  app: appName,
  environment: environmentName,
  toRevision: z.int().min(1).max(2_147_483_647).optional(),
})

/** What a deploy may do instead of bringing a version. */
const variants = ['remove', 'adopt', 'restart', 'scale', 'service'] as const

/** In characters. */
export const terminalSize = z.strictObject({ columns: z.int().min(1).max(1_000), rows: z.int().min(1).max(1_000) })

/** The body of a request to run a command: its words, which no shell reads, or the schedule that has them. */
export const runRequest = z
  .strictObject({
    command: command.optional(),
    /** For how long it may run; an hour where nothing is said. */
    timeout: commandTimeout.optional(),
    /** What this schedule of the environment runs, now. */
    schedule: appName.optional(),
    /** With the settings of this process; web's where nothing is said. */
    process: appName.optional(),
    /** With a terminal of this size, which whoever asks for it then keeps open. */
    terminal: terminalSize.optional(),
  })
  .refine((value) => Boolean(value.command) !== Boolean(value.schedule), {
    error: 'give command or schedule',
    path: ['command'],
  })
  .check(({ value, issues }) => {
    if (value.schedule === undefined) return
    for (const key of ['timeout', 'process', 'terminal'] as const)
      if (value[key] !== undefined)
        issues.push({ code: 'custom', input: value[key], path: [key], message: ownOfSchedule })
  })

const ownOfSchedule = 'has no meaning beside schedule, which says what it runs'

/** As `status` shows it: a container's or a pod's name. */
const replicaName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,252}$/, { error: 'the name of a replica, as `stevedore status` shows it' })

/** The body of a request to run a command inside a replica that runs: its words, which no shell reads. */
export const execRequest = z.strictObject({
  command,
  /** For how long it may run; an hour where nothing is said. */
  timeout: commandTimeout.optional(),
  /** Of this process; web where nothing is said. */
  process: appName.optional(),
  /** In this one; any that runs where nothing is said. */
  replica: replicaName.optional(),
  /** With a terminal of this size, which whoever asks for it then keeps open. */
  terminal: terminalSize.optional(),
})

const runShape = z.strictObject({
  kind: z.literal('run'),
  app: appName,
  environment: environmentName,
  command,
  timeout: commandTimeout.default(usualCommandTimeout),
  /** Whose command it is, where a schedule has it. */
  schedule: appName.optional(),
  /** Where: inside what runs; absent: beside it, in a container of its own. */
  in: z.literal('replica').optional(),
  /** The process in whose replica, or with whose settings, it runs; absent: web. */
  process: appName.optional(),
  /** Of a command in a replica: which; absent: any that runs. */
  replica: replicaName.optional(),
  /** With a terminal, of this size at first. */
  terminal: terminalSize.optional(),
})

const pushRequest = pushShape.refine((value) => Boolean(value.version) !== Boolean(value.image), {
  error: 'give version or image',
  path: ['version'],
})

const deployRequest = deployShape
  .refine((value) => !(value.version && value.image), { error: 'give version or image, not both', path: ['image'] })
  .check(({ value, issues }) => {
    const alone = variants.find((name) => value[name])
    if (value.withData && !value.remove)
      issues.push({ code: 'custom', input: true, path: ['withData'], message: 'is for a removal' })
    if (value.process !== undefined && !value.restart)
      issues.push({ code: 'custom', input: value.process, path: ['process'], message: 'is for a restart' })
    if (alone === undefined) return
    for (const key of ['version', 'image', 'target', 'dryRun', 'strategy', ...variants] as const)
      if (key !== alone && value[key] !== undefined)
        issues.push({ code: 'custom', input: value[key], path: [key], message: `has no meaning beside ${alone}` })
  })

/** The body of `POST /v1/jobs`. A deploy without version or image takes the newest pushed image of the default target. */
export const jobRequest = z.discriminatedUnion('kind', [buildShape, pushRequest, deployRequest, rollbackShape])

export type PushRequest = z.infer<typeof pushShape>
export type DeployRequest = z.infer<typeof deployShape>
export type RollbackRequest = z.infer<typeof rollbackShape>
export type JobRequest = z.infer<typeof jobRequest>

/** The event of the repository that started a job, where one did. */
const cause = { trigger: repositoryEvent.optional() }

/** What was asked for, as it is kept with the job. */
export const recordedRequest = z.discriminatedUnion('kind', [
  buildShape.extend(cause),
  pushShape.extend(cause),
  deployShape.extend(cause),
  rollbackShape.extend(cause),
  runShape.extend(cause),
])
export type RecordedRequest = z.infer<typeof recordedRequest>

export interface RequestByKind extends Record<JobKind, RecordedRequest> {
  build: Extract<RecordedRequest, { kind: 'build' }>
  push: Extract<RecordedRequest, { kind: 'push' }>
  deploy: Extract<RecordedRequest, { kind: 'deploy' }>
  rollback: Extract<RecordedRequest, { kind: 'rollback' }>
  run: Extract<RecordedRequest, { kind: 'run' }>
}
