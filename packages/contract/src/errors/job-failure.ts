import { z } from 'zod'
import { failureCode } from './failures.ts'

/** The failure of a job or attempt, as the ledger keeps it and the API shows it. */
export const jobFailure = z.strictObject({
  code: failureCode,
  message: z.string(),
  /** What was seen: last log lines, the last probe, exit code, what traffic gets now. */
  diagnosis: z.string().optional(),
  /** For operators; never shown to others. */
  detail: z.string().optional(),
  /** A registry's or server's own request, in milliseconds. */
  retryAfterMs: z.number().optional(),
})
export type JobFailure = z.output<typeof jobFailure>
