import type { JobControl } from '@stevedore/contract'
import type { LeaseHolder, LeaseKeeper } from '@stevedore/ledger'
import { Stop } from './stop.ts'

export interface Lease {
  /** Aborted when the lease is lost: nothing may be written from then on. */
  signal: AbortSignal
  /** What people have asked of the job, as of the last renewal. */
  control(): JobControl
  /** Renews now: someone may have asked for something. */
  refresh(): void
  release(): void
}

interface LeaseOptions {
  leases: LeaseKeeper
  holder: LeaseHolder
  /** Of the monotonic clock: when the claim was asked for. */
  claimedAtMs: number
  control: JobControl
  onControl(control: JobControl): void
}

/**
 * Holds a lease that is renewed where nothing blocks it. The worker gives up by its own monotonic clock before the lease ends in the
 * ledger, so that two workers never act at once, whatever was stopped or cut off.
 */
export function holdLease({ leases, holder, claimedAtMs, control: first, onControl }: LeaseOptions): Lease {
  const lost = new AbortController()
  const lose = () => {
    lost.abort(new Stop('lease-lost'))
    // Nobody renews what nobody works under: another worker is to have the job.
    held.release()
  }
  let control = first
  const held = leases.hold(holder, performance.now() - claimedAtMs, {
    onRenewed(asked) {
      if (lost.signal.aborted) return
      control = asked
      onControl(asked)
    },
    onLost: lose,
  })
  let expiry = setTimeout(watch, held.leftMs())

  /** After a block the timer is late, and the lease has been renewed meanwhile. */
  function watch(): void {
    const leftMs = held.leftMs()
    if (leftMs <= 0) lose()
    else expiry = setTimeout(watch, leftMs)
  }

  return {
    signal: lost.signal,
    control: () => control,
    refresh: () => void (lost.signal.aborted || held.renew()),
    release() {
      clearTimeout(expiry)
      held.release()
    },
  }
}
