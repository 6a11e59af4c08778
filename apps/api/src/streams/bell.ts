import type { Channel, Ledger } from '@stevedore/ledger'

/** Tells a reader that there may be more to read. A ring between two waits is not lost. */
export interface Bell {
  /** Resolves to true at the next ring, to false after the time or when the signal aborts. */
  wait(timeoutMs: number, signal: AbortSignal): Promise<boolean>
  silence(): void
}

/** A bell that rings when something of this job or watch changed, and after each reconnect of the ledger's listener. */
export async function listenFor(ledger: Ledger, channel: Channel, id: string): Promise<Bell> {
  let rung = false
  let wake = () => {}
  const silence = await ledger.listen(channel, (payload) => {
    if (payload !== '' && payload !== id) return
    rung = true
    wake()
  })
  return {
    silence,
    async wait(timeoutMs, signal) {
      if (!rung && !signal.aborted) await sleepUntil(timeoutMs, signal, (wakeUp) => (wake = wakeUp))
      const heard = rung
      rung = false
      return heard
    },
  }
}

function sleepUntil(timeoutMs: number, signal: AbortSignal, onWake: (wakeUp: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, timeoutMs)
    signal.addEventListener('abort', finish, { once: true })
    onWake(finish)
  })
}
