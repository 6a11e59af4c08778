import type { EventType } from '@stevedore/contract'

/** What a long piece of work is given by whoever runs it. */
export interface WorkContext {
  jobId: string
  correlationId: string
  /** Aborted by a cancel, a deadline or a lost lease: stop, undo what is half done, throw the signal's reason. */
  signal: AbortSignal
  /**
   * Checks in the ledger that this attempt still owns the job; rejects when it does not.
   * Await it directly before every external write.
   */
  fence(): Promise<void>
  /** A line of output, redacted and kept by the caller. */
  log(line: string): void
  /** What is to be known of what this makes, besides its log; the same may come twice. */
  warn?(line: string): void
  /** Resolves when there is room for more lines, or the signal aborts. Await it between two pieces of a stream that is copied, so that no line is lost. */
  awaitRoom(): Promise<void>
  /** A fact for watchers. */
  event(type: EventType, data: Record<string, unknown>): void
  /** How far this piece of work is, from 0 to 1. */
  progress(fraction: number): void
}
