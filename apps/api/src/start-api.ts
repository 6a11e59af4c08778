import { openKnownTokens, openScrapers } from '@stevedore/ledger'
import { buildApp } from './app.ts'
import type { ApiOptions } from './context.ts'
import { openFigures } from './figures/open-figures.ts'
import { openReadiness } from './routes/probes/ready.ts'
import { openSharedReads } from './share-reads.ts'
import { trackSilentConnections } from './silent-connections.ts'
import { createEventFeed } from './streams/event-feed.ts'
import { createOpenStreams } from './streams/open-streams.ts'
import { openCheckpoints } from './trail/keep-checkpoints.ts'
import { createClientNames, limitTurns, openTurns } from './turns.ts'
import { openMissedWebhooks } from './webhooks/missed-webhooks.ts'
import { receive } from './webhooks/receive.ts'
import { createMemorySpool, openSpool, type Spool } from './webhooks/spool.ts'

/** How long requests in hand may take to finish once the server stops. */
const graceMs = 10_000
const sweepMs = 100
const mebibyte = 1_048_576

export interface RunningApi {
  /** Where it listens: `http://127.0.0.1:7070`. */
  address: string
  /** Finishes the requests in hand and ends open streams. */
  close(): Promise<void>
}

/** On disk, and in memory where that may hold nothing. */
function chooseSpool(folder: string | undefined): Promise<Spool> | Spool {
  return folder === undefined
    ? createMemorySpool({ count: 500, bytes: 32 * mebibyte })
    : openSpool(folder, { count: 2_000, bytes: 128 * mebibyte })
}

export async function startApi(options: ApiOptions): Promise<RunningApi> {
  const closing = new AbortController()
  const publisher = options.transport.openPublisher()
  const missed = openMissedWebhooks({
    spool: await chooseSpool(options.config.webhookSpool),
    take: (webhook) => receive(options.ledger, webhook),
    logger: options.logger,
    closing: closing.signal,
  })
  const streams = createOpenStreams(options.ledger, options.config)
  const events = createEventFeed({ ledger: options.ledger, streams, logger: options.logger })
  const checkpoints = options.checkpoints && openCheckpoints(options.checkpoints, options)
  const { databaseConnections, maxWaitingRequests } = options.config
  const turns = openTurns(limitTurns(databaseConnections, maxWaitingRequests))
  const scrapers = openScrapers(options.ledger)
  const clients = createClientNames()
  const known = { tokens: openKnownTokens(options.ledger), apps: new Map(), shareRead: openSharedReads() }
  const probes = { readiness: openReadiness(options, publisher), refreshFigures: openFigures(options, publisher) }
  const made = {
    checkpoints,
    ...probes,
    closing: closing.signal,
    missed,
    streams,
    events,
    scrapers,
    turns,
    clients,
    ...known,
  }
  const app = await buildApp({ ...options, ...made })
  const endSilent = trackSilentConnections(app.server)
  const address = await app.listen({ host: options.config.host, port: options.config.port })
  checkpoints?.start()

  return {
    address,
    async close() {
      closing.abort()
      await checkpoints?.stop()
      // A connection that is kept alive becomes idle when its answer ends, which may be after the server began to close.
      const sweep = setInterval(() => {
        app.server.closeIdleConnections()
        endSilent()
      }, sweepMs)
      const cut = setTimeout(() => app.server.closeAllConnections(), graceMs)
      await app.close()
      clearInterval(sweep)
      clearTimeout(cut)
      await publisher.close()
    },
  }
}
