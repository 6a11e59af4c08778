import { z } from 'zod'
import { at, defineOperation } from './operation.ts'

export const checkView = z.object({
  /** What was looked at: `postgres`, `durability`, `connections`, `server clock`, `redis`, `queue`. */
  name: z.string(),
  /** `missing`: it works, and something that would be well to have is not there. */
  state: z.enum(['good', 'missing', 'bad']),
  found: z.string(),
  /** What to do about it. */
  remedy: z.string().optional(),
})
export type CheckView = z.output<typeof checkView>

export const listChecks = defineOperation({
  method: 'GET',
  url: '/v1/checks',
  summary:
    'What the server finds of the database and the transport that it works with, and what to do about it; each is waited for 3 s.',
  access: { right: 'administer', reach: 'server' },
  answers: {
    200: z.object({
      /** Of the database's clock; null where it does not answer. */
      at: at.nullable(),
      items: z.array(checkView),
    }),
  },
})
