import type { Channel, Ledger } from '@stevedore/ledger'

/** Tells a reader that there may be more to read. A notification between two waits is not lost. */
export interface Notifications {
  /** Resolves to true at the next notification, to false after the time or when the signal aborts. */
  wait(timeoutMs: number, signal: AbortSignal): Promise<boolean>
  close(): void
}

/** Notifications that something of this job or watch changed, or of any; one more after each reconnect of the ledger's listener. */
export async function openNotifications(ledger: Ledger, channel: Channel, id?: string): Promise<Notifications> {
  const { wait, tell } = createWaiter()
  const close = await ledger.listen(channel, (payload) => {
    if (payload === '' || id === undefined || payload === id) tell()
  })
  return { close, wait }
}

/** Waits as for notifications, for what somebody else tells. */
export function createWaiter(): Pick<Notifications, 'wait'> & { tell(): void } {
  let pending = false
  let wake = () => {}
  return {
    tell() {
      pending = true
      wake()
    },
    async wait(timeoutMs, signal) {
      if (!pending && !signal.aborted) await sleepUntil(timeoutMs, signal, (wakeUp) => (wake = wakeUp))
      const notified = pending
      pending = false
      return notified
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
