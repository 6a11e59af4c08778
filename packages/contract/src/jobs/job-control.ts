import { z } from 'zod'

/**
 * What people asked of a running or waiting job, kept until its handler heeds it between steps.
 * `promote: 'full'` skips the remaining pauses.
 */
export const jobControl = z.strictObject({
  cancel: z.boolean().optional(),
  abort: z.boolean().optional(),
  pause: z.boolean().optional(),
  promote: z.enum(['step', 'full']).optional(),
  /** Go over what runs, of which a restored ledger knows nothing. */
  over: z.boolean().optional(),
})
export type JobControl = z.output<typeof jobControl>
