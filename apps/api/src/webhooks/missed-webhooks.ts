import { isLedgerAway } from '@stevedore/ledger'
import type { Logger } from '@stevedore/telemetry'
import type { Webhook } from './webhook.ts'

/** A forge's message has some kilobytes, and an outage brings few of them. */
const maxHeld = 500
const maxHeldBytes = 32 * 1_048_576
const everyMs = 2_000
const lostAtEnd = 'a webhook is lost: the ledger did not come back'

/** Webhooks that came while the ledger was away: GitHub for one sends them once and never again. */
export interface MissedWebhooks {
  /** Takes those that are held, in their order, before whatever comes now: the order of pushes is that in which they came. */
  takeHeld(): Promise<void>
  /** Holds a webhook in memory, as long as there is room, until `take` comes to an end that is not the ledger's being away. */
  hold(webhook: Webhook, take: () => Promise<unknown>): void
}

export function createMissedWebhooks(logger: Logger, closing: AbortSignal): MissedWebhooks {
  const held: { webhook: Webhook; take(): Promise<unknown> }[] = []
  let taking: Promise<void> | undefined

  function takeAll(): Promise<void> {
    taking ??= takeEach().finally(() => {
      taking = undefined
    })
    return taking
  }

  async function takeEach(): Promise<void> {
    for (let next = held[0]; next && !closing.aborted; next = held[0]) {
      if (await isStillAway(next)) break
      held.shift()
    }
  }

  async function isStillAway({ webhook, take }: (typeof held)[number]): Promise<boolean> {
    try {
      await take()
      return false
    } catch (error) {
      if (isLedgerAway(error)) {
        if (closing.aborted) logger.error(nameWebhook(webhook), lostAtEnd)
        return true
      }
      logger.warn({ ...nameWebhook(webhook), err: error }, 'a webhook that came while the ledger was away is refused')
      return false
    }
  }

  const timer = setInterval(() => void takeAll(), everyMs).unref()
  closing.addEventListener('abort', () => {
    clearInterval(timer)
    // The one in hand may still be taken; it is told of above when it is not.
    for (const { webhook } of taking ? held.slice(1) : held) logger.error(nameWebhook(webhook), lostAtEnd)
  })
  return {
    takeHeld: () => (held.length > 0 ? takeAll() : Promise.resolve()),
    hold(webhook, take) {
      if (closing.aborted) return logger.error(nameWebhook(webhook), 'a webhook is lost: the server stops')
      const heldBytes = held.reduce((sum, { webhook: { body } }) => sum + body.length, 0)
      if (held.length < maxHeld && heldBytes + webhook.body.length <= maxHeldBytes) held.push({ webhook, take })
      else logger.error(nameWebhook(webhook), 'a webhook is lost: too many came while the ledger is away')
    },
  }
}

/** What an operator needs to send it again. */
function nameWebhook({ provider, app, headers, correlationId }: Webhook) {
  return { provider: provider.name, app, deliveryId: provider.readId(headers), correlationId }
}
