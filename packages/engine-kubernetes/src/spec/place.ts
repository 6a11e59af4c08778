import { isDeepStrictEqual } from 'node:util'
import { type CanaryStrategy, environmentSpec, FailureError, type KubernetesEnvironment } from '@stevedore/contract'
import type { Place, Release } from '@stevedore/engine'

export interface KubernetesPlace extends Place {
  settings: KubernetesEnvironment
}
export interface KubernetesRelease extends Release {
  settings: KubernetesEnvironment
}

/** What tells a place from all others. */
export type PlaceName = Pick<Place, 'app' | 'environment'>

/** @throws FailureError `internal` for a place of another engine */
export function asKubernetes<P extends Place>(place: P): P & { settings: KubernetesEnvironment } {
  const { settings } = place
  if (settings.engine !== 'kubernetes')
    throw new FailureError('internal', { detail: `${place.app}/${place.environment} is not on Kubernetes` })
  return { ...place, settings }
}

/** The main name of a place's Ingress. */
export function findMainName({ ingress }: Pick<KubernetesEnvironment, 'ingress'>): string | undefined {
  return ingress && [ingress.host].flat()[0]
}

/** The strategy when a place is carried out by Argo Rollouts. */
export function argoStrategy({
  settings: { strategy },
}: Pick<KubernetesPlace, 'settings'>): CanaryStrategy | undefined {
  return strategy.type === 'canary' && strategy.controller === 'argo' ? strategy : undefined
}

/** User 1000 was the default once, and stands in revisions of that time. */
const { settings: defaults } = asKubernetes({
  app: '',
  environment: '',
  settings: environmentSpec.parse({ engine: 'kubernetes', namespace: 'default', user: 1_000 }),
})

/**
 * Whether a spec says something about a setting. A kept spec has its defaults filled in, so a setting written out with its
 * default value reads as unsaid.
 */
export function isNamed(settings: KubernetesEnvironment, key: keyof KubernetesEnvironment): boolean {
  return settings[key] !== undefined && !isDeepStrictEqual(settings[key], defaults[key])
}
