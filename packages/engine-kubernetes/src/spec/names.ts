import type { CanaryStrategy, KubernetesEnvironment } from '@stevedore/contract'
import { FailureError } from '@stevedore/contract'
import type { Place, Release } from '@stevedore/engine'

export interface KubernetesPlace extends Place {
  settings: KubernetesEnvironment
}
export interface KubernetesRelease extends Release {
  settings: KubernetesEnvironment
}

export function asKubernetes<P extends Place>(place: P): P & { settings: KubernetesEnvironment } {
  const { settings } = place
  if (settings.engine !== 'kubernetes')
    throw new FailureError('internal', { detail: `${place.app}/${place.environment} is not on Kubernetes` })
  return { ...place, settings }
}

/** The strategy when a place is carried out by Argo Rollouts. */
export function argoStrategy({
  settings: { strategy },
}: Pick<KubernetesPlace, 'settings'>): CanaryStrategy | undefined {
  return strategy.type === 'canary' && strategy.controller === 'argo' ? strategy : undefined
}

/**
 * A place has at most two K8sDeployments: `main` carries the name that users know and ends every deploy as the only one; `next`
 * stands beside it while a release is tried.
 */
export type SlotName = 'main' | 'next'

export const keys = {
  app: 'stevedore.io/app',
  environment: 'stevedore.io/environment',
  slot: 'stevedore.io/slot',
  revision: 'stevedore.io/revision',
  /** What was applied, as JSON: drift is told against it, and a revision whose source is gone is brought back from it. */
  applied: 'stevedore.io/applied',
  /** On `next`: what `main` becomes when the release is settled. */
  promotion: 'stevedore.io/promotion',
  /** On a ReplicaSet whose revision a deploy ended with. */
  settled: 'stevedore.io/settled',
  /** On a failed Job: that its failure has been told. */
  reported: 'stevedore.io/reported',
  /** `migrate` or `check`, on Jobs and their pods. */
  role: 'stevedore.io/role',
  managedBy: 'app.kubernetes.io/managed-by',
  name: 'app.kubernetes.io/name',
  version: 'app.kubernetes.io/version',
  changeCause: 'kubernetes.io/change-cause',
  templateHash: 'pod-template-hash',
} as const

export interface ObjectNames {
  main: string
  next: string
  service: string
  account: string
  pullSecret: string
}

export function nameObjects({ app, settings }: Pick<KubernetesPlace, 'app' | 'settings'>): ObjectNames {
  const main = settings.deployment ?? app
  return { main, next: `${main}-next`, service: settings.service ?? main, account: main, pullSecret: `${main}-pull` }
}

export function nameSlot(place: KubernetesPlace, slot: SlotName): string {
  return nameObjects(place)[slot]
}

/** The container that runs the app in what Stevedore makes. */
export function nameContainer({ app, settings }: KubernetesPlace): string {
  return settings.container ?? app
}

/** On every object of a place; with a pod's slot, what selects it. */
export function placeLabels({ app, environment }: Pick<Place, 'app' | 'environment'>): Record<string, string> {
  return { [keys.app]: app, [keys.environment]: environment }
}

export function objectLabels(place: Pick<Place, 'app' | 'environment'>): Record<string, string> {
  return { [keys.managedBy]: 'stevedore', [keys.name]: place.app, ...placeLabels(place) }
}

interface Labelled {
  metadata?: { labels?: Record<string, string> }
}

export function isStevedores(object: Labelled): boolean {
  return object.metadata?.labels?.[keys.managedBy] === 'stevedore'
}

export function belongsTo(object: Labelled, place: Pick<Place, 'app' | 'environment'>): boolean {
  const labels = object.metadata?.labels ?? {}
  return isStevedores(object) && labels[keys.app] === place.app && labels[keys.environment] === place.environment
}
