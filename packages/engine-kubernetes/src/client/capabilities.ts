import type { Cluster } from './cluster.ts'
import { withRetries } from './retry.ts'

/** What of a cluster decides how objects are written. */
export interface Capabilities {
  /** 20 for 1.20. */
  minor: number
  autoscaling: 'autoscaling/v2' | 'autoscaling/v2beta2' | 'autoscaling/v1'
  policy: 'policy/v1' | 'policy/v1beta1'
  /** Of CronJobs: what serves Jobs alone has the same name. */
  cron: 'batch/v1' | 'batch/v1beta1'
  /** The Argo Rollouts CRD is there. */
  argo: boolean
}

/** An upgrade or a new CRD is noticed within this time. */
const knownForMs = 60_000
const known = new WeakMap<Cluster, { at: number; capabilities: Capabilities }>()

/** Only an answer is remembered: a question under way ends with the signal of the one who asked it. */
export async function readCapabilities(cluster: Cluster, signal: AbortSignal): Promise<Capabilities> {
  const remembered = known.get(cluster)
  if (remembered && performance.now() - remembered.at < knownForMs) return remembered.capabilities
  const capabilities = await askCluster(cluster, signal)
  known.set(cluster, { at: performance.now(), capabilities })
  return capabilities
}

/** Each question is asked again by itself: where some requests fail, all of them together might always have one that does. */
async function askCluster(cluster: Cluster, signal: AbortSignal): Promise<Capabilities> {
  const ask = <T>(path: string) => withRetries(() => cluster.fetch<T>(path, signal), signal)
  const [version, { groups }, { resources }] = await Promise.all([
    ask<{ minor: string }>('/version'),
    ask<{ groups: { versions: { groupVersion: string }[] }[] }>('/apis'),
    ask<{ resources: { name: string }[] }>('/apis/batch/v1'),
  ])
  return chooseVersions(
    version.minor,
    groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => groupVersion)),
    resources.map(({ name }) => name),
  )
}

/** The newest of each that Stevedore can write. `minor` may carry a distribution's suffix: `27+`. */
export function chooseVersions(minor: string, served: readonly string[], batch: readonly string[]): Capabilities {
  const choose = <T extends string>(wanted: readonly T[], oldest: T) =>
    wanted.find((version) => served.includes(version)) ?? oldest
  return {
    minor: Number.parseInt(minor, 10),
    autoscaling: choose(['autoscaling/v2', 'autoscaling/v2beta2'], 'autoscaling/v1'),
    policy: choose(['policy/v1'], 'policy/v1beta1'),
    cron: batch.includes('cronjobs') ? 'batch/v1' : 'batch/v1beta1',
    argo: served.includes('argoproj.io/v1alpha1'),
  }
}
