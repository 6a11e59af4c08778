import type { JobControl, JobMessage } from '@stevedore/contract'
import { type Ledger, renewLease } from '@stevedore/ledger'
import { Stop } from './stop.ts'

export interface Lease {
  /** Aborted when the lease is lost: nothing may be written from then on. */
  signal: AbortSignal
  /** What people have asked of the job, as of the last renewal. */
  control(): JobControl
  /** Renews now: someone may have asked for something. */
  refresh(): Promise<void>
  release(): void
}

interface LeaseOptions {
  ledger: Ledger
  message: JobMessage
  workerId: string
  leaseMs: number
  control: JobControl
  onControl(control: JobControl): void
}

/**
 * Renews a lease three times within its length. The worker gives up by its own monotonic clock before the lease ends in the ledger,
 * so that two workers never act at once, whatever was stopped or cut off.
 */
export function holdLease(options: LeaseOptions): Lease {
  const { ledger, message, workerId, leaseMs } = options
  const lost = new AbortController()
  let control = options.control
  let expiry = armExpiry()

  function armExpiry(): NodeJS.Timeout {
    return setTimeout(() => lost.abort(new Stop('lease-lost')), leaseMs * 0.9)
  }

  async function renew(): Promise<void> {
    const askedAt = performance.now()
    const renewed = await renewLease(ledger, { ...message, workerId, leaseMs }).catch(
      // Whatever keeps the answer away, the clock decides: another beat comes, or the lease is over.
      () => 'unknown' as const,
    )
    if (renewed === 'unknown' || lost.signal.aborted) return
    if (renewed === undefined) return lost.abort(new Stop('lease-lost'))
    clearTimeout(expiry)
    // The lease began at the latest when it was asked for, not when the answer came.
    const leftMs = leaseMs * 0.9 - (performance.now() - askedAt)
    expiry = setTimeout(() => lost.abort(new Stop('lease-lost')), Math.max(0, leftMs))
    control = renewed.control
    options.onControl(control)
  }

  const beat = setInterval(() => void renew(), leaseMs / 3)
  return {
    signal: lost.signal,
    control: () => control,
    refresh: renew,
    release() {
      clearInterval(beat)
      clearTimeout(expiry)
    },
  }
}
