import { z } from 'zod'

/** What a forge tells of a repository, in one form for all forges. */
export const repositoryEvent = z.discriminatedUnion('on', [
  z.strictObject({ on: z.literal('push'), branch: z.string(), commit: z.string() }),
  z.strictObject({ on: z.literal('tag'), tag: z.string() }),
  /** `ref` is what can be fetched from the repository itself; null where the forge has none for a fork. */
  z.strictObject({ on: z.literal('pull_request'), number: z.int(), ref: z.string().nullable(), fork: z.boolean() }),
])
export type RepositoryEvent = z.output<typeof repositoryEvent>
