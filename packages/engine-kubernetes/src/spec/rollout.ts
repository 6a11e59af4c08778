import type { CanaryStrategy } from '@stevedore/contract'
import type { ArgoStep, ManifestOf } from '../client/kinds.ts'
import type { ManifestFacts } from './container.ts'
import { buildPodTemplate, buildReleaseMetadata, historyLimit, selectSlot } from './deployment.ts'
import { keys, objectLabels } from './labels.ts'
import { wholeSeconds } from './lifecycle.ts'
import type { KubernetesRelease } from './place.ts'

/** The release as an Argo Rollouts `Rollout`, whose controller then carries out the canary's steps by itself. */
export function buildRollout(
  release: KubernetesRelease,
  strategy: CanaryStrategy,
  facts: ManifestFacts,
): ManifestOf<'Rollout'> {
  const { autoscale, replicas } = release.settings
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: {
      ...buildReleaseMetadata(release, 'main'),
      labels: { ...objectLabels(release), [keys.revision]: String(release.revision) },
    },
    spec: {
      ...(autoscale ? {} : { replicas }),
      revisionHistoryLimit: historyLimit,
      selector: selectSlot(release, 'main'),
      template: buildPodTemplate(release, 'main', facts),
      strategy: { canary: { maxSurge: 1, maxUnavailable: 0, steps: strategy.steps.map(toArgoStep) } },
    },
  }
}

function toArgoStep(step: CanaryStrategy['steps'][number]): ArgoStep {
  if ('setWeight' in step) return { setWeight: step.setWeight }
  return { pause: typeof step.pause === 'string' ? { duration: wholeSeconds(step.pause) } : {} }
}
