import { z } from 'zod'
import { duration } from '../values/duration.ts'
import { gitRef } from '../values/git-ref.ts'
import { gitUrl } from '../values/git-url.ts'
import {
  appName,
  buildArgName,
  buildArgValue,
  environmentName,
  imageName,
  registryHost,
  relativePath,
  secretName,
  targetName,
} from '../values/names.ts'
import { suggest } from '../values/nearest.ts'
import { despiteFaults } from './despite-faults.ts'
import { environmentSpec } from './environment.ts'
import { scanSpec } from './scan.ts'
import { parseTriggerAction, trigger } from './trigger.ts'

const source = z.strictObject({
  /** Absent: builds come from an uploaded archive. */
  git: gitUrl.optional(),
  ref: gitRef.default('main'),
  path: relativePath.default('.'),
  /** A stored secret: a token for https, a private key for ssh. */
  credential: secretName.optional(),
  /** Fetches what the repository names as submodules. */
  submodules: z.boolean().default(false),
  /** Fetches what Git LFS keeps outside the repository. */
  lfs: z.boolean().default(false),
})

const build = z
  .strictObject({
    dockerfile: relativePath.default('Dockerfile'),
    targets: z.array(targetName).min(1).max(30).optional(),
    default: targetName.optional(),
    args: z.record(buildArgName, buildArgValue).default({}),
    secrets: z.array(secretName).max(50).default([]),
    timeout: duration('10s', '6h').default('30m'),
  })
  .refine((value) => !value.default || !Array.isArray(value.targets) || value.targets.includes(value.default), {
    error: 'default must be one of targets',
    path: ['default'],
    ...despiteFaults,
  })

const image = z
  .strictObject({
    /** Absent: images stay on the engine that built them. */
    registry: registryHost.optional(),
    /** Absent: the app's name. */
    name: imageName.optional(),
    credential: secretName.optional(),
  })
  .refine((value) => value.registry !== undefined || value.credential === undefined, {
    error: 'is for a registry: give image.registry as well',
    path: ['credential'],
    ...despiteFaults,
  })

/** What a spec says beside the name of its app. */
const parts = {
  source: source.prefault({}),
  build: build.prefault({}),
  image: image.prefault({}),
  /** Absent: images are not scanned. */
  scan: scanSpec.optional(),
  environments: z.record(environmentName, environmentSpec).default({}),
  triggers: z.array(trigger).max(50).default([]),
  retain: z
    .strictObject({
      revisions: z.int().min(2).max(1_000).default(20),
      images: z.int().min(1).max(1_000).default(20),
      logs: duration('1h', '3650d').default('30d'),
      /** Absent: for ever. */
      jobs: duration('30d', '3650d').optional(),
    })
    .prefault({}),
}

export const appSpec = z
  .strictObject({ app: appName, ...parts })
  .superRefine(judgeTriggers, despiteFaults)
  .superRefine(({ app, environments }, context) => refuseOwnLinks(app, environments, context), despiteFaults)

/** An app among several of one file, which is named by its key. */
const oneOfSeveral = z.strictObject({ app: appName.optional(), ...parts }).superRefine(judgeTriggers, despiteFaults)

const mostApps = 50

/** A file of several apps: each is what a file of one app says, under its name. */
export const appsSpec = z.strictObject({
  apps: z
    .record(appName, oneOfSeveral)
    .superRefine(judgeNames, despiteFaults)
    .transform((apps) => Object.entries(apps).map(([app, spec]): AppSpec => ({ ...spec, app }))),
})
/** As a person writes it. */
export type AppsSpecInput = z.input<typeof appsSpec>

function judgeNames(apps: Readonly<Record<string, unknown>>, context: z.core.$RefinementCtx): void {
  const refuse = (message: string, path: string[] = []) => context.addIssue({ code: 'custom', path, message })
  const entries = Object.entries(apps)
  if (entries.length === 0) refuse('names no app')
  if (entries.length > mostApps) refuse(`names more than ${mostApps} apps`)
  for (const [name, spec] of entries) {
    if ((Object(spec).app ?? name) !== name) refuse(`must be ${name}, as its key, or be left out`, [name, 'app'])
    refuseOwnLinks(name, Object(spec).environments, context, [name])
  }
}

/** @param at where the app is in the file */
function refuseOwnLinks(app: string, environments: unknown, context: z.core.$RefinementCtx, at: string[] = []): void {
  for (const [name, settings] of Object.entries<unknown>(Object(environments)))
    for (const key of ['links', 'linkedBy'] as const)
      if (listOf(Object(settings)[key]).some((text) => text === `${app}/${name}` || text === app)) {
        const path = [...at, 'environments', name, key]
        context.addIssue({ code: 'custom', path, message: `${app}/${name} is itself` })
      }
}

function judgeTriggers(
  spec: { triggers?: unknown; build?: unknown; environments?: unknown; image?: unknown },
  context: z.core.$RefinementCtx,
): void {
  for (const [index, one] of listOf(spec.triggers).entries())
    for (const [position, text] of listOf(Object(one).do).entries()) {
      const fault = typeof text === 'string' ? findTriggerFault(spec, text) : undefined
      if (fault) context.addIssue({ code: 'custom', path: ['triggers', index, 'do', position], message: fault })
    }
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function findTriggerFault(
  spec: { build?: unknown; environments?: unknown; image?: unknown },
  text: string,
): string | undefined {
  const { kind, argument } = parseTriggerAction(text)
  if (kind === 'push' && Object(spec.image).registry === undefined) return 'there is no image.registry to push to'
  if (argument === undefined) return undefined
  if (kind === 'deploy' && !Object.hasOwn(Object(spec.environments), argument))
    return `no environment named ${argument}${suggest(argument, Object.keys(Object(spec.environments)))}`
  const { targets } = Object(spec.build)
  if (kind === 'build' && argument !== 'all' && Array.isArray(targets) && !targets.includes(argument))
    return `no target named ${argument}${suggest(argument, targets.map(String))}`
  return undefined
}

/** A spec with its defaults filled in: what the ledger keeps. */
export type AppSpec = z.output<typeof appSpec>
/** A spec as a person writes it. */
export type AppSpecInput = z.input<typeof appSpec>

/** The repository of an app's images, in whichever registry. */
export function imageNameOf({ app, image }: AppSpec): string {
  return image.name ?? app
}

/** The targets that `all` stands for; `undefined` when the spec lists none (the default one is the only one). */
export function listTargets(spec: AppSpec): string[] | undefined {
  return spec.build.targets
}

/** The target that is meant where a spec or a Dockerfile has it and nothing else is said. */
export const usualTarget = 'production'

/** The name of an image that was built to the Dockerfile's last stage. */
export const lastStage = 'default'

/**
 * The targets that a request which names none may mean, the better first: the spec's default, else `production`, else the last stage. Of a
 * spec that lists none it is the Dockerfile, or what was built of it, that says whether there is a `production`.
 */
export function listDefaultTargets({ build: { targets, default: named } }: AppSpec): [string, ...string[]] {
  if (named) return [named]
  if (!targets) return [usualTarget, lastStage]
  return [targets.includes(usualTarget) ? usualTarget : (targets.at(-1) ?? lastStage)]
}
