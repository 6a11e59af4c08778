import { openScrapers } from '@stevedore/ledger'
import { buildApp } from './app.ts'
import type { ApiOptions } from './context.ts'
import { createOpenStreams } from './streams/open-streams.ts'
import { openCheckpoints } from './trail/keep-checkpoints.ts'
import { createMissedWebhooks } from './webhooks/missed-webhooks.ts'

/** How long requests in hand may take to finish once the server stops. */
const graceMs = 10_000
const sweepMs = 100

export interface RunningApi {
  /** Where it listens: `http://127.0.0.1:7070`. */
  address: string
  /** Finishes the requests in hand and ends open streams. */
  close(): Promise<void>
}

export async function startApi(options: ApiOptions): Promise<RunningApi> {
  const closing = new AbortController()
  const publisher = options.transport.openPublisher()
  const missed = createMissedWebhooks(options.logger, closing.signal)
  const streams = createOpenStreams(options.ledger, options.config)
  const checkpoints = options.checkpoints && openCheckpoints(options.checkpoints, options)
  const scrapers = openScrapers(options.ledger)
  const parts = { checkpoints, publisher, missed, streams, scrapers }
  const app = await buildApp({ ...options, ...parts, closing: closing.signal })
  const address = await app.listen({ host: options.config.host, port: options.config.port })
  checkpoints?.start()

  return {
    address,
    async close() {
      closing.abort()
      await checkpoints?.stop()
      // A connection that is kept alive becomes idle when its answer ends, which may be after the server began to close.
      const sweep = setInterval(() => app.server.closeIdleConnections(), sweepMs)
      const cut = setTimeout(() => app.server.closeAllConnections(), graceMs)
      await app.close()
      clearInterval(sweep)
      clearTimeout(cut)
      await publisher.close()
    },
  }
}
