import { z } from 'zod'
import { pathFilter } from './path-filter.ts'

/** Any sign that a ref may hold, and `*`. */
const branch = z
  .string()
  .min(1)
  .max(200)
  .regex(/^(?!-)[^\p{Cc} ~^:?[\\]+$/u, 'a branch, `*` for any part')

/** `build TARGET`, `push`, `deploy ENVIRONMENT`: what a trigger starts, in this order. */
const triggerAction = z
  .string()
  .regex(
    /^(build( [a-z0-9][a-z0-9._-]{0,62})?|push|deploy [a-z]([a-z0-9-]{0,38}[a-z0-9])?)$/,
    'build [TARGET], push, or deploy ENVIRONMENT',
  )
const actions = z.array(triggerAction).min(1).max(10)

export const trigger = z.discriminatedUnion('on', [
  z.strictObject({ on: z.literal('push'), branch: branch.default('*'), paths: pathFilter.optional(), do: actions }),
  z.strictObject({ on: z.literal('tag'), pattern: branch.default('*'), do: actions }),
  z.strictObject({ on: z.literal('pull_request'), do: actions }),
])

export type Trigger = z.output<typeof trigger>

export interface TriggerAction {
  kind: 'build' | 'push' | 'deploy'
  /** The target of a build or the environment of a deploy. */
  argument?: string
}

export function parseTriggerAction(text: string): TriggerAction {
  const [kind, argument] = text.split(' ') as [TriggerAction['kind'], string?]
  return argument === undefined ? { kind } : { kind, argument }
}
