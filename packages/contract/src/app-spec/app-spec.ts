import { z } from 'zod'
import { duration } from '../values/duration.ts'
import { gitUrl } from '../values/git-url.ts'
import {
  appName,
  buildArgName,
  buildArgValue,
  environmentName,
  gitRef,
  imageName,
  registryHost,
  relativePath,
  secretName,
  targetName,
} from '../values/names.ts'
import { despiteFaults } from './despite-faults.ts'
import { environmentSpec } from './environment.ts'
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

export const appSpec = z
  .strictObject({
    app: appName,
    source: source.prefault({}),
    build: build.prefault({}),
    image: z.strictObject({ registry: registryHost, name: imageName, credential: secretName.optional() }),
    environments: z.record(environmentName, environmentSpec).default({}),
    triggers: z.array(trigger).max(50).default([]),
    retain: z
      .strictObject({
        revisions: z.int().min(2).max(1_000).default(20),
        images: z.int().min(1).max(1_000).default(20),
        logs: duration('1h', '3650d').default('30d'),
      })
      .prefault({}),
  })
  .superRefine((spec, context) => {
    for (const [index, one] of listOf(spec.triggers).entries())
      for (const [position, text] of listOf(Object(one).do).entries()) {
        const fault = typeof text === 'string' ? findTriggerFault(spec, text) : undefined
        if (fault) context.addIssue({ code: 'custom', path: ['triggers', index, 'do', position], message: fault })
      }
  }, despiteFaults)

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function findTriggerFault(spec: { build?: unknown; environments?: unknown }, text: string): string | undefined {
  const { kind, argument } = parseTriggerAction(text)
  if (argument === undefined) return undefined
  if (kind === 'deploy' && !Object.hasOwn(Object(spec.environments), argument))
    return `no environment named ${argument}`
  const { targets } = Object(spec.build)
  if (kind === 'build' && argument !== 'all' && Array.isArray(targets) && !targets.includes(argument))
    return `no target named ${argument}`
  return undefined
}

/** A spec with its defaults filled in: what the ledger keeps. */
export type AppSpec = z.output<typeof appSpec>
/** A spec as a person writes it. */
export type AppSpecInput = z.input<typeof appSpec>

/** The targets that `all` stands for; `undefined` when the spec lists none (the Dockerfile's last stage is the only one). */
export function listTargets(spec: AppSpec): string[] | undefined {
  return spec.build.targets
}

/** The name of an image that was built to the Dockerfile's last stage. */
export const lastStage = 'default'

/** The target of a build that names none: the spec's default, else `production` where it is listed, else the last that is. */
export function defaultTarget({ build: { targets, default: named } }: AppSpec): string {
  if (named || !targets) return named ?? lastStage
  return targets.includes('production') ? 'production' : (targets.at(-1) ?? lastStage)
}
