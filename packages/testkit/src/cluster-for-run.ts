import { clusterComponent, openTestCluster } from './cluster.ts'

/** Vitest's global setup: one cluster for the run, started before its files run side by side. Tells them of it as the environment does. */
export default async function setUpCluster(): Promise<void> {
  if (!clusterComponent.found) return
  const { kubeconfig } = await openTestCluster()
  process.env.STEVEDORE_TEST_KUBECONFIG = kubeconfig
}
