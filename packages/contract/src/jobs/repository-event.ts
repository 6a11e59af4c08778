import { z } from 'zod'

/** What was pushed: of a tag with a message, some forges tell the tag's own hash instead. Absent in events of older versions. */
const commit = z.string().optional()

/** What a forge tells of a repository, in one form for all forges. */
export const repositoryEvent = z.discriminatedUnion('on', [
  z.strictObject({ on: z.literal('push'), branch: z.string(), commit: z.string() }),
  z.strictObject({ on: z.literal('tag'), tag: z.string(), commit }),
  /** `ref` is what can be fetched from the repository itself; null where the forge has none for a fork. */
  z.strictObject({
    on: z.literal('pull_request'),
    number: z.int(),
    ref: z.string().nullable(),
    fork: z.boolean(),
    commit,
  }),
])
export type RepositoryEvent = z.output<typeof repositoryEvent>

/** The full name of the ref that an event is about: `refs/heads/main`, `refs/tags/v1`, `refs/pull/7/head`; null where the forge has none. */
export function nameRef(event: RepositoryEvent): string | null {
  if (event.on === 'push') return `refs/heads/${event.branch}`
  return event.on === 'tag' ? `refs/tags/${event.tag}` : event.ref
}
