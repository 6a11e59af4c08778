import { type CanaryStrategy, durationMs } from '@stevedore/contract'
import type { ArgoRollout } from '../client/kinds.ts'
import type { ManifestFacts } from './container.ts'
import { buildPodTemplate, historyLimit } from './deployment.ts'
import { type KubernetesRelease, keys, nameObjects, objectLabels, placeLabels } from './names.ts'

/** The release as an Argo Rollouts `Rollout`, whose controller then carries out the canary's steps by itself. */
export function buildRollout(release: KubernetesRelease, strategy: CanaryStrategy, facts: ManifestFacts): ArgoRollout {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: {
      name: nameObjects(release).main,
      namespace: release.settings.namespace,
      labels: { ...objectLabels(release), [keys.revision]: String(release.revision) },
      annotations: { [keys.changeCause]: release.changeCause },
    },
    spec: {
      ...(release.settings.autoscale ? {} : { replicas: release.settings.replicas }),
      revisionHistoryLimit: historyLimit,
      selector: { matchLabels: { ...placeLabels(release), [keys.slot]: 'main' } },
      template: buildPodTemplate(release, 'main', facts),
      strategy: { canary: { maxSurge: 1, maxUnavailable: 0, steps: strategy.steps.map(toArgoStep) } },
    },
  }
}

function toArgoStep(step: CanaryStrategy['steps'][number]): object {
  if ('setWeight' in step) return { setWeight: step.setWeight }
  return {
    pause: typeof step.pause === 'string' ? { duration: Math.max(1, Math.round(durationMs(step.pause) / 1_000)) } : {},
  }
}
