import { type DeployFigures, readDeployFigures } from '@stevedore/ledger'
import type { Figured } from './figured.ts'

/** Reckoned from the ledger, so that neither a restart nor a second API changes what they say. An app that is retired is told no more. */
export async function showDeploys({ ledger, metrics }: Figured): Promise<void> {
  const figures = await readDeployFigures(ledger)
  for (const metric of [metrics.deploysEnded, metrics.deployLead, metrics.deployRestore]) metric.reset()
  for (const one of figures) showOne(metrics, one)
}

function showOne(metrics: Figured['metrics'], { app, environment, window, ...figures }: DeployFigures): void {
  const labels = { app, environment, window }
  metrics.deploysEnded.set({ ...labels, outcome: 'succeeded' }, figures.succeeded)
  metrics.deploysEnded.set({ ...labels, outcome: 'failed' }, figures.failed)
  metrics.deploysEnded.set({ ...labels, outcome: 'rolled-back' }, figures.rolledBack)
  // None is told by silence: 0 would be the best of all.
  if (figures.leadSeconds !== null) metrics.deployLead.set(labels, figures.leadSeconds)
  if (figures.restoreSeconds !== null) metrics.deployRestore.set(labels, figures.restoreSeconds)
}
