import { z } from 'zod'

/** What was pushed: of a tag with a message, some forges tell the tag's own hash instead. Absent in events of older versions. */
const commit = z.string().optional()

const pushEvent = z.strictObject({ on: z.literal('push'), branch: z.string(), commit: z.string() })
const otherEvents = [
  z.strictObject({ on: z.literal('tag'), tag: z.string(), commit }),
  /** `ref` is what can be fetched from the repository itself; null where the forge has none for a fork. */
  z.strictObject({
    on: z.literal('pull_request'),
    number: z.int(),
    ref: z.string().nullable(),
    fork: z.boolean(),
    commit,
  }),
] as const

/** What a forge tells of a repository, in one form for all forges. */
export const repositoryEvent = z.discriminatedUnion('on', [pushEvent, ...otherEvents])
export type RepositoryEvent = z.output<typeof repositoryEvent>

/** The files that a push changed, by their paths in the repository; or why not all of them are known. */
export const changedFiles = z.union([
  z.strictObject({ paths: z.array(z.string()) }),
  z.strictObject({ unknown: z.string() }),
])
export type ChangedFiles = z.output<typeof changedFiles>

/** The same as a delivery has it, with what a trigger's `paths` are held against. A job that it starts is recorded without. */
export const deliveredEvent = z.discriminatedUnion('on', [
  /** Absent in deliveries of older versions. */
  pushEvent.extend({ changed: changedFiles.optional() }),
  ...otherEvents,
])
export type DeliveredEvent = z.output<typeof deliveredEvent>

/** The full name of the ref that an event is about: `refs/heads/main`, `refs/tags/v1`, `refs/pull/7/head`; null where the forge has none. */
export function nameRef(event: RepositoryEvent): string | null {
  if (event.on === 'push') return `refs/heads/${event.branch}`
  return event.on === 'tag' ? `refs/tags/${event.tag}` : event.ref
}
