import type { Cluster } from './cluster.ts'
import { withRetries } from './retry.ts'

/** What of a cluster decides how objects are written. */
export interface Capabilities {
  /** 20 for 1.20. */
  minor: number
  autoscaling: 'autoscaling/v2' | 'autoscaling/v2beta2' | 'autoscaling/v1'
  policy: 'policy/v1' | 'policy/v1beta1'
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
  const capabilities = await withRetries(() => askCluster(cluster, signal), signal)
  known.set(cluster, { at: performance.now(), capabilities })
  return capabilities
}

async function askCluster(cluster: Cluster, signal: AbortSignal): Promise<Capabilities> {
  const [version, { groups }] = await Promise.all([
    cluster.fetch<{ minor: string }>('/version', signal),
    cluster.fetch<{ groups: { versions: { groupVersion: string }[] }[] }>('/apis', signal),
  ])
  return chooseVersions(
    version.minor,
    groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => groupVersion)),
  )
}

/** The newest of each that Stevedore can write. `minor` may carry a distribution's suffix: `27+`. */
export function chooseVersions(minor: string, served: readonly string[]): Capabilities {
  const choose = <T extends string>(wanted: readonly T[], oldest: T) =>
    wanted.find((version) => served.includes(version)) ?? oldest
  return {
    minor: Number.parseInt(minor, 10),
    autoscaling: choose(['autoscaling/v2', 'autoscaling/v2beta2'], 'autoscaling/v1'),
    policy: choose(['policy/v1'], 'policy/v1beta1'),
    argo: served.includes('argoproj.io/v1alpha1'),
  }
}
