import { isLedgerAway } from '@stevedore/ledger'

/** A forge's message has some kilobytes, and an outage brings few of them. */
const maxHeld = 500
const maxHeldBytes = 32 * 1_048_576
const everyMs = 2_000

/** Messages of forges that came while the ledger was away: GitHub for one sends them once and never again. */
export interface MissedMessages {
  /** Holds a message in memory, as long as there is room, until `take` comes to an end that is not the ledger's being away. */
  hold(bytes: number, take: () => Promise<unknown>): void
}

export function createMissedMessages(closing: AbortSignal): MissedMessages {
  const held: { bytes: number; take(): Promise<unknown> }[] = []
  let busy = false

  async function takeAll(): Promise<void> {
    if (busy) return
    busy = true
    for (let next = held[0]; next && !closing.aborted; next = held[0]) {
      if (await next.take().then(() => false, isLedgerAway)) break
      held.shift()
    }
    busy = false
  }

  const timer = setInterval(() => void takeAll(), everyMs).unref()
  closing.addEventListener('abort', () => clearInterval(timer), { once: true })
  return {
    hold(bytes, take) {
      const heldBytes = held.reduce((sum, message) => sum + message.bytes, 0)
      if (held.length < maxHeld && heldBytes + bytes <= maxHeldBytes) held.push({ bytes, take })
    },
  }
}
