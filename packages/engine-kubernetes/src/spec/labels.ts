import type { Place } from '@stevedore/engine'
import type { PlaceName } from './place.ts'

/** Keys of labels and annotations. They stand on clusters: an object of an older version must be understood. */
export const keys = {
  app: 'stevedore.io/app',
  environment: 'stevedore.io/environment',
  slot: 'stevedore.io/slot',
  revision: 'stevedore.io/revision',
  /** What was applied, as JSON: drift is told against it, and a revision whose source is gone is brought back from it. */
  applied: 'stevedore.io/applied',
  /** On `next`: what `main` becomes when the release is finalized. */
  promotion: 'stevedore.io/promotion',
  /** On what came with a source's manifests. */
  origin: 'stevedore.io/origin',
  /** On a ReplicaSet whose revision a deploy ended with. */
  finalized: 'stevedore.io/settled',
  /** On a failed Job: that its failure has been told. */
  reported: 'stevedore.io/reported',
  /** `migrate` or `check`, on Jobs and their pods. */
  role: 'stevedore.io/role',
  /** On the pods of a process that a person asked to restart: the job that last did. */
  restart: 'stevedore.io/restart',
  /** On what runs a command that a person asked for: its job. */
  command: 'stevedore.io/command',
  /** On a claim: the name that the settings give to the volume. */
  volume: 'stevedore.io/volume',
  /** On what runs a process beside web: its name in the settings. */
  process: 'stevedore.io/process',
  /** On the pods that manifests make, where they make more than those that serve: of which environment. */
  manifests: 'stevedore.io/manifests',
  /** On the pods and Jobs of a CronJob of manifests: its name. */
  cron: 'stevedore.io/cron',
  /** On a K8sDeployment of manifests: the SHA-256 of what else its revision brought, which is kept in a ConfigMap. */
  beside: 'stevedore.io/beside',
  /** On its pods, in place of `environment`, by which Services select. */
  processOf: 'stevedore.io/process-of',
  /** On what a companion is made of: its name in the settings. */
  service: 'stevedore.io/service',
  /** On its account: which Secret objects it has, `env`, `pull` or `env.pull`. They are not read, so nothing else tells. */
  secrets: 'stevedore.io/secrets',
  /** On its pods, in place of `environment`, by which the app's own Service selects. */
  serviceOf: 'stevedore.io/service-of',
  /** On pods that may reach the companions of an environment: which one. */
  reaches: 'stevedore.io/reaches',
  /** On pods that have links: of which environment. */
  links: 'stevedore.io/links',
  /** On pods and Jobs of a revision: what its NetworkPolicy selects. */
  network: 'stevedore.io/network',
  /** On a ConfigMap of a revision: what its files are, by their paths. */
  files: 'stevedore.io/files',
  managedBy: 'app.kubernetes.io/managed-by',
  name: 'app.kubernetes.io/name',
  version: 'app.kubernetes.io/version',
  changeCause: 'kubernetes.io/change-cause',
  templateHash: 'pod-template-hash',
  /** The number that `kubectl rollout history` shows. */
  clusterRevision: 'deployment.kubernetes.io/revision',
} as const

/** On a namespace: its name. Set by the server itself from Kubernetes 1.21 on. */
export const namespaceLabel = 'kubernetes.io/metadata.name'

/** On every object of a place; with a pod's slot, what selects it. */
export function placeLabels({ app, environment }: PlaceName): Record<string, string> {
  return { [keys.app]: app, [keys.environment]: environment }
}

export function objectLabels(place: PlaceName): Record<string, string> {
  return { [keys.managedBy]: 'stevedore', [keys.name]: place.app, ...placeLabels(place) }
}

/**
 * What the policy of an environment's companions lets in, and those of linked apps: nothing where it has none, so that what runs without any
 * stays as it is.
 */
export function reachLabels({
  environment,
  settings: { services = {}, links = [] },
}: Pick<Place, 'environment' | 'settings'>): Record<string, string> {
  return {
    ...(Object.keys(services).length > 0 ? { [keys.reaches]: environment } : {}),
    ...(links.length > 0 ? { [keys.links]: environment } : {}),
  }
}

interface Labelled {
  metadata?: { labels?: Record<string, string> }
}

export function isStevedores({ metadata }: Labelled): boolean {
  return metadata?.labels?.[keys.managedBy] === 'stevedore'
}

/** Made by Stevedore, and not for this place. */
export function isOfAnother(object: Labelled, place: PlaceName): boolean {
  return isStevedores(object) && !belongsTo(object, place)
}

export function belongsTo(object: Labelled, { app, environment }: PlaceName): boolean {
  const labels = object.metadata?.labels ?? {}
  return isStevedores(object) && labels[keys.app] === app && labels[keys.environment] === environment
}
