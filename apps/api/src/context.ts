import type { Config } from '@stevedore/config'
import type { ReadyView } from '@stevedore/contract'
import type { AppRecord, KnownTokens, Ledger, Scrapers } from '@stevedore/ledger'
import type { BullTransport } from '@stevedore/queue'
import type { Logger, Metrics } from '@stevedore/telemetry'
import type { SharedRead } from './share-reads.ts'
import type { EventFeed } from './streams/event-feed.ts'
import type { OpenStreams } from './streams/open-streams.ts'
import type { CheckpointOptions, Checkpoints } from './trail/keep-checkpoints.ts'
import type { ClientNames, Turns } from './turns.ts'
import type { MissedWebhooks } from './webhooks/missed-webhooks.ts'

/** The settings that the API uses. */
export type ApiConfig = Pick<
  Config,
  | 'host'
  | 'isLoopback'
  | 'port'
  | 'url'
  | 'allowedHosts'
  | 'allowFileSources'
  | 'maxSourceBytes'
  | 'maxUploadBytes'
  | 'trustProxy'
  | 'rateLimitPerMinute'
  | 'webhookSpool'
  | 'databaseConnections'
  | 'maxWaitingRequests'
  | 'maxStreams'
  | 'maxStreamsPerToken'
>

export interface ApiOptions {
  config: ApiConfig
  ledger: Ledger
  transport: BullTransport
  logger: Logger
  metrics: Metrics
  /** Of the audit trail; without it none are kept. */
  checkpoints?: CheckpointOptions | undefined
}

/** What every route works with. */
export interface ApiContext extends Omit<ApiOptions, 'checkpoints'> {
  checkpoints: Checkpoints | undefined
  /** Whose tokens may read metrics, also while the ledger is away. */
  scrapers: Scrapers
  /** What `/ready` says, and what `/metrics` is to tell of queue and ledger: asked by anybody, each once a second at most. */
  readiness(): Promise<ReadyView>
  refreshFigures(): Promise<void>
  /** Aborted when the server begins to stop: streams end, new requests are refused. */
  closing: AbortSignal
  missed: MissedWebhooks
  turns: Turns
  clients: ClientNames
  tokens: KnownTokens
  /** Apps as they stood when a job of theirs was last asked for: to record one says whether they still do. */
  apps: Map<string, AppRecord>
  /** What many ask for at the same time is read once for them. */
  shareRead: SharedRead
  streams: OpenStreams
  /** The events of all jobs. */
  events: EventFeed
}
