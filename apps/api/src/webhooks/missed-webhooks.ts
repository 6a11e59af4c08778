import { ProblemError } from '@stevedore/contract'
import { isLedgerAway } from '@stevedore/ledger'
import type { Logger } from '@stevedore/telemetry'
import type { Spool } from './spool.ts'
import type { Webhook } from './webhook.ts'

const everyMs = 2_000

/** Webhooks that came while the ledger was away: GitHub for one sends them once and never again. */
export interface MissedWebhooks {
  /** Whether what is kept outlasts this process, so that its sender may be told that it was taken. */
  isDurable: boolean
  /** Takes those that are kept, in their order, before whatever comes now: the order of pushes is that in which they came. */
  takeKept(): Promise<void>
  /** Whether some are still to be taken. */
  hasKept(): Promise<boolean>
  /** Keeps one until it is taken, with an end that is not the ledger's being away. @returns whether there was room */
  keep(webhook: Webhook): Promise<boolean>
}

export interface MissedOptions {
  spool: Spool
  take(webhook: Webhook): Promise<unknown>
  logger: Logger
  closing: AbortSignal
}

/** What an earlier process has kept is taken as well. */
export function openMissedWebhooks({ spool, take, logger, closing }: MissedOptions): MissedWebhooks {
  let taking: Promise<void> | undefined
  const { putAway, isOver } = createTray(logger)
  const list = async () => (await spool.list()).filter((name) => !isOver(name))

  function takeAll(): Promise<void> {
    taking ??= takeEach()
      .catch((err) => logger.error({ err }, 'the webhooks that are kept cannot be read'))
      .finally(() => {
        taking = undefined
      })
    return taking
  }

  async function takeEach(): Promise<void> {
    for (const name of await list()) if (closing.aborted || !(await isTaken(name))) return
  }

  /** Whether the next one may follow. */
  async function isTaken(name: string): Promise<boolean> {
    try {
      const webhook = await spool.read(name)
      if (webhook) await takeOne(webhook, name)
      return true
    } catch (err) {
      if (isLedgerAway(err)) return false
      logger.error({ err, name }, 'a webhook that was kept cannot be taken: it is set aside')
      await putAway(name, spool.setAside)
      return true
    }
  }

  async function takeOne(webhook: Webhook, name: string): Promise<void> {
    try {
      await take(webhook)
    } catch (err) {
      if (!(err instanceof ProblemError)) throw err
      logger.warn({ ...nameWebhook(webhook), err }, 'a webhook that came while the ledger was away is refused')
    }
    await putAway(name, spool.remove)
  }

  const timer = setInterval(() => void takeAll(), everyMs).unref()
  closing.addEventListener('abort', () => {
    clearInterval(timer)
    if (!spool.isDurable) void tellLost()
  })

  async function tellLost(): Promise<void> {
    for (const name of await spool.list()) {
      const webhook = await spool.read(name)
      if (webhook) logger.error(nameWebhook(webhook), 'a webhook is lost: the ledger did not come back')
    }
  }

  return {
    isDurable: spool.isDurable,
    takeKept: takeAll,
    // A folder that cannot be read says nothing of webhooks, and is told of by each that is to be kept there.
    hasKept: () =>
      list().then(
        (names) => names.length > 0,
        () => false,
      ),
    async keep(webhook) {
      const isKept = await spool.keep(webhook).catch((err) => {
        logger.error({ ...nameWebhook(webhook), err }, 'a webhook cannot be kept')
        return false
      })
      if (!isKept) logger.error(nameWebhook(webhook), 'a webhook is refused: the ledger is away, and no more are kept')
      return isKept
    },
  }
}

/** What an operator needs to send it again. */
function nameWebhook({ provider, app, headers, correlationId }: Webhook) {
  return { provider: provider.name, app, deliveryId: provider.readId(headers), correlationId }
}

/** What the folder does not let go of stands in nobody's way. */
function createTray(logger: Logger) {
  const over = new Set<string>()
  return {
    isOver: (name: string) => over.has(name),
    async putAway(name: string, put: (name: string) => Promise<void>): Promise<void> {
      await put(name).catch((err: unknown) => {
        over.add(name)
        logger.error({ err, name }, 'a webhook that is done with cannot be removed from its folder')
      })
    },
  }
}
