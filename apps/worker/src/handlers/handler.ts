import type { Outcome } from '../executor/outcome.ts'
import type { Run } from '../executor/run.ts'

/** Runs one attempt of one kind of job. Returns how it ended; throws FailureErrors and stops as they come. */
export type Handler = (run: Run) => Promise<Outcome>
