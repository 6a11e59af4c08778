import type { JobDetailView, JobEvent } from '@stevedore/contract'

/** Shows a job while it runs: live on a terminal, as lines in a pipe, as JSON to machines. */
export interface JobRenderer {
  /** The job as it is now. */
  show(job: JobDetailView): void
  event(event: JobEvent): void
  log(text: string): void
  /** Says what the job, which is final, came to. */
  close(job: JobDetailView): void
  /** Draws nothing any more; after `close` or instead of it. */
  stop(): void
}
