import type { DeployEngine } from '@stevedore/engine'
import type { Handlers } from '@stevedore/worker'

/** A fault of the product, put between it and what it is given: no switch of the product's own. */
export interface Mutation {
  /** Says a statement otherwise. */
  rewrite?(text: string): string
  /** Whether a statement of a transaction is done after its commit instead. */
  isOutside?(text: string): boolean
  /** Whether callers of this process are answered before what they asked for is kept. */
  answersEarly?(process: string): boolean
  /** Engines ask no fence before an effect. */
  skipsFence?: boolean
  leaseMs?: number
  /** Engines begin again what a host has lost. */
  restartsLost?: boolean
  changeEngine?(engine: DeployEngine): DeployEngine
  /** Does otherwise what a job asks for. */
  changeHandlers?(handlers: Handlers): Handlers
  /** Engines say that there is what the ledger says, and nobody looks. */
  trustsLedger?: boolean
}
