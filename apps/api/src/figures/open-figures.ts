import { isLedgerAway, shareAnswer } from '@stevedore/ledger'
import type { Publisher, QueueDepth } from '@stevedore/queue'
import type { Figured } from './figured.ts'
import { showAges } from './show-ages.ts'
import { showDeploys } from './show-deploys.ts'
import { showEnvironments } from './show-environments.ts'
import { showWorkers } from './show-workers.ts'

/** What is reckoned over days changes little in so short a time. */
const deploysForMs = 30_000

/** Reads what the queue and the ledger know, once a second at most however many scrape; neither is waited for longer than three. */
export function openFigures(figured: Figured, publisher: Publisher): () => Promise<void> {
  const askTransport = shareAnswer(() => publisher.depths())
  const askLedger = shareAnswer(() => Promise.all([showEnvironments(figured), showWorkers(figured), showAges(figured)]))
  const askDeploys = shareAnswer(() => showDeploys(figured), { forMs: deploysForMs })
  return async () => {
    // The figures of deploys keep their last values where they cannot be had: the others tell why.
    await Promise.all([showDepths(figured, askTransport), showLedger(figured, askLedger), askDeploys().catch(() => {})])
  }
}

/** With the transport away its gauges keep their last values. */
async function showDepths({ metrics }: Figured, ask: () => Promise<QueueDepth[]>): Promise<void> {
  const depths = await ask().catch(() => undefined)
  metrics.transportReachable.set(depths ? 1 : 0)
  for (const { kind, ...states } of depths ?? [])
    for (const [state, count] of Object.entries(states)) metrics.queueDepth.set({ kind, state }, count)
}

/** With the ledger away its gauges keep their last values. */
async function showLedger({ metrics }: Figured, ask: () => Promise<unknown>): Promise<void> {
  const isReached = await ask().then(
    () => true,
    (error) => {
      if (isLedgerAway(error)) return false
      throw error
    },
  )
  metrics.ledgerReachable.set(isReached ? 1 : 0)
}
