import type { Config } from '@stevedore/config'
import type { JobMessage } from '@stevedore/contract'
import type { LeaseKeeper, Ledger } from '@stevedore/ledger'
import type { Workspace } from '@stevedore/source'
import type { Logger, Metrics } from '@stevedore/telemetry'
import type { Outcome } from './attempt/outcome.ts'
import type { Engines } from './engines.ts'
import type { KnownSpecs } from './known-specs.ts'
import type { Sites } from './sites/sites.ts'

/** What a worker has just done, for tests that wait for it; in production nobody listens. */
export type WorkerSignal =
  | ({ type: 'attempt.ended'; outcome: Outcome['type'] } & JobMessage)
  /** One run of an upkeep loop is over, well or not. */
  | { type: 'loop.ran'; loop: string }

/**
 * A point of the work at which a test may hold a worker, to kill it there: before and after whatever an attempt writes to the ledger, and
 * around what the dispatcher hands to the transport. The name is that of the operation: `after beginStep`.
 */
export type Point = `${'before' | 'after'} ${string}`

/** Called at each point, and waited for. In production nobody does anything there. */
export type PassPoint = (point: Point, message: JobMessage) => Promise<void>

/** What every part of one worker process shares. */
export interface Worker {
  /** Host, process and a random part: never the same for two lives of one process. */
  id: string
  /** How many jobs of each kind it runs at a time. */
  concurrency: number
  config: Config
  ledger: Ledger
  engines: Engines
  leases: LeaseKeeper
  specs: KnownSpecs
  /** Which of what they work on is away. */
  sites: Sites
  workspace: Workspace
  logger: Logger
  metrics: Metrics
  /** Aborted when work in hand must be handed over, at the end of the grace. */
  closing: AbortSignal
  /** True from the first sign of a stop: deploys end between two steps. */
  isDraining(): boolean
  tell(signal: WorkerSignal): void
  pass: PassPoint
}
