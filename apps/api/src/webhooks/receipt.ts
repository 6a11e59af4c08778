import { z } from 'zod'

/** What a forge is told: the jobs that its message started, or why none. */
export const receiptView = z.object({
  status: z.enum(['started', 'ignored', 'duplicate']),
  jobs: z.array(z.uuid()),
  reasons: z.array(z.string()),
})
export type Receipt = z.infer<typeof receiptView>
