import type { V1Deployment, V1DeploymentStrategy, V1PodTemplateSpec } from '@kubernetes/client-node'
import { durationMs, type Strategy } from '@stevedore/contract'
import { buildContainer, buildVolumes, type ManifestFacts, nonEmpty } from './container.ts'
import { graceSeconds } from './lifecycle.ts'
import {
  type KubernetesRelease,
  keys,
  nameObjects,
  nameSlot,
  objectLabels,
  placeLabels,
  type SlotName,
} from './names.ts'
import { buildPodSecurity } from './security.ts'

/** As many as the ledger keeps by default, so that `kubectl rollout history` shows the same. */
export const historyLimit = 20

/**
 * A K8sDeployment made from a spec. It never names `replicas`: sizes are written apart, or an apply would undo what an
 * autoscaler or a canary's step chose.
 */
export function buildDeployment(release: KubernetesRelease, slot: SlotName, facts: ManifestFacts): V1Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: nameSlot(release, slot),
      namespace: release.settings.namespace,
      labels: { ...objectLabels(release), [keys.slot]: slot, [keys.revision]: String(release.revision) },
      annotations: { [keys.changeCause]: release.changeCause },
    },
    spec: {
      selector: { matchLabels: { ...placeLabels(release), [keys.slot]: slot } },
      strategy: buildStrategy(release.settings.strategy),
      revisionHistoryLimit: historyLimit,
      progressDeadlineSeconds: Math.ceil(durationMs(release.settings.health.deadline) / 1_000) + 600,
      template: buildPodTemplate(release, slot, facts),
    },
  }
}

/** Blue-green and canary replace pods in place only where nobody is served by them, one by one so that a quota suffices. */
export function buildStrategy(strategy: Strategy): V1DeploymentStrategy {
  const { maxSurge, maxUnavailable } = strategy.type === 'rolling' ? strategy : { maxSurge: 1, maxUnavailable: 0 }
  return { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } }
}

export function buildPodTemplate(release: KubernetesRelease, slot: SlotName, facts: ManifestFacts): V1PodTemplateSpec {
  const { settings } = release
  const { account, pullSecret } = nameObjects(release)
  return {
    metadata: { labels: buildPodLabels(release, slot) },
    spec: {
      serviceAccountName: account,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: graceSeconds(settings.drain),
      securityContext: buildPodSecurity(settings),
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: { ...placeLabels(release), [keys.slot]: slot } },
        },
      ],
      ...(release.credential ? { imagePullSecrets: [{ name: pullSecret }] } : {}),
      containers: [buildContainer(release, facts)],
      ...nonEmpty('volumes', buildVolumes(settings)),
    },
  }
}

/** The revision is part of the template, so that each has a ReplicaSet of its own and a rollback finds it again. */
export function buildPodLabels(release: KubernetesRelease, slot: SlotName): Record<string, string> {
  return {
    [keys.managedBy]: 'stevedore',
    [keys.name]: release.app,
    [keys.version]: release.version,
    ...placeLabels(release),
    [keys.slot]: slot,
    [keys.revision]: String(release.revision),
  }
}
