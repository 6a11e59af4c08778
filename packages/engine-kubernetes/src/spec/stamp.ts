import type { Manifest } from '../client/kinds.ts'
import type { DeploymentFields } from './adopted.ts'
import { keys } from './labels.ts'

/** The revision goes into the annotations too: the cluster copies them, and only them, to the ReplicaSet. */
export function stampApplied<T extends DeploymentFields>(deployment: T): T {
  const revision = deployment.metadata.labels?.[keys.revision] ?? '0'
  return annotate(deployment, { [keys.revision]: revision, [keys.applied]: JSON.stringify(deployment.spec) })
}

export function annotate<T extends Manifest>(object: T, annotations: Record<string, string>): T {
  const { metadata } = object
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } }
}
