import { clusterComponent, openTestCluster } from './cluster.ts'
import { removeForsakenNamespaces } from './test-namespace.ts'

/** Vitest's global setup: one cluster for the run, started before its files run side by side. Tells them of it as the environment does. */
export default async function setUpCluster(): Promise<void> {
  if (!clusterComponent.found) return
  const cluster = await openTestCluster()
  process.env.STEVEDORE_TEST_KUBECONFIG = cluster.kubeconfig
  const forsaken = await removeForsakenNamespaces(cluster)
  if (forsaken.length > 0) console.log(`removed what a killed run left on the cluster: ${forsaken.join(', ')}`)
}
