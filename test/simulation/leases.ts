import { type LeaseKeeper, type Ledger, renewLease } from '@stevedore/ledger'

/** As the product's keeper, which has a thread of its own and real time: renewed three times within its length, given up before its end. */
export function openVirtualLeases(ledger: Ledger): LeaseKeeper {
  return {
    hold(holder, sinceMs, listener) {
      const { leaseMs } = holder
      let untilMs = performance.now() - sinceMs + leaseMs * 0.9
      let isReleased = false
      async function renew(): Promise<void> {
        const askedAtMs = performance.now()
        try {
          const renewed = await renewLease(ledger, holder)
          if (isReleased) return
          if (!renewed) return listener.onLost()
          untilMs = askedAtMs + leaseMs * 0.9
          listener.onRenewed(renewed.control)
        } catch {
          // The ledger is away: the next try comes by itself, while there is a lease.
        }
      }
      const timer = setInterval(() => void renew(), leaseMs / 3)
      return {
        leftMs: () => untilMs - performance.now(),
        renew: () => void (isReleased || renew()),
        release() {
          isReleased = true
          clearInterval(timer)
        },
      }
    },
    close: async () => {},
  }
}
