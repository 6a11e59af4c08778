import type { Cluster } from './cluster.ts'
import { withRetries } from './retry.ts'

/** What of a cluster decides how objects are written. */
export interface Served {
  /** 20 for 1.20. */
  minor: number
  autoscaling: 'autoscaling/v2' | 'autoscaling/v2beta2' | 'autoscaling/v1'
  policy: 'policy/v1' | 'policy/v1beta1'
  /** The Argo Rollouts CRD is there. */
  argo: boolean
}

/** An upgrade or a new CRD is noticed within this time. */
const knownForMs = 60_000
const known = new WeakMap<Cluster, { at: number; served: Promise<Served> }>()

export function describeCluster(cluster: Cluster, signal: AbortSignal): Promise<Served> {
  const remembered = known.get(cluster)
  if (remembered && performance.now() - remembered.at < knownForMs) return remembered.served
  const served = withRetries(() => readServed(cluster, signal), signal)
  known.set(cluster, { at: performance.now(), served })
  served.catch(() => known.delete(cluster))
  return served
}

async function readServed(cluster: Cluster, signal: AbortSignal): Promise<Served> {
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
export function chooseVersions(minor: string, versions: readonly string[]): Served {
  const first = <T extends string>(...wanted: [T, ...T[]]) =>
    wanted.find((version) => versions.includes(version)) ?? (wanted.at(-1) as T)
  return {
    minor: Number.parseInt(minor, 10),
    autoscaling: first('autoscaling/v2', 'autoscaling/v2beta2', 'autoscaling/v1'),
    policy: first('policy/v1', 'policy/v1beta1'),
    argo: versions.includes('argoproj.io/v1alpha1'),
  }
}
