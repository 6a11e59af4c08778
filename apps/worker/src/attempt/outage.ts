import type { Job } from '@stevedore/ledger'

/** For how long, and how often, attempts of a job in a row have found away what they needed. */
export interface Outage {
  tries(): number
  lastedMs(): number
  /** A step was done for the first time: what is away next is another matter. */
  end(): void
}

/**
 * Continues what earlier attempts of the job have met. The ledger's clock said when that began and when this attempt was claimed; from
 * then on the worker's own counts, which nobody sets.
 * @param claim when the attempt was claimed, by each
 */
export function continueOutage(
  { outageSince, outageTries }: Pick<Job, 'outageSince' | 'outageTries'>,
  claim: { atMs: number; at: Date },
): Outage {
  let tries = outageTries
  let sinceMs = outageSince === null ? undefined : claim.atMs - (claim.at.getTime() - outageSince.getTime())
  /** Judged once in an attempt: who hears that it is tried again leaves things as they are, and must not be told otherwise later. */
  let judgedMs: number | undefined
  return {
    tries: () => tries,
    lastedMs() {
      judgedMs ??= sinceMs === undefined ? 0 : Math.max(0, performance.now() - sinceMs)
      return judgedMs
    },
    end() {
      judgedMs = undefined
      tries = 0
      sinceMs = undefined
    },
  }
}
