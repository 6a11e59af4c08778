import type { V1DeploymentStrategy, V1LabelSelector } from '@kubernetes/client-node'
import type { KubernetesEnvironment, Strategy } from '@stevedore/contract'
import type { ManifestOf, PodTemplate } from '../client/kinds.ts'
import { buildClaimVolumes } from './claims.ts'
import { buildContainer, buildInit, buildPodSecurity, buildVolumes, type ManifestFacts } from './container.ts'
import { buildFileVolumes } from './files.ts'
import { keys, objectLabels, placeLabels, reachLabels } from './labels.ts'
import { graceSeconds, isAsked, unaskedSeconds, wholeSeconds } from './lifecycle.ts'
import { nameDeployment, nameObjects, type Slot } from './names.ts'
import { policyLabels } from './network-policy.ts'
import type { KubernetesRelease, PlaceName } from './place.ts'

/** As many as the ledger keeps by default, so that `kubectl rollout history` shows the same. */
export const historyLimit = 20

/** How long after the health deadline the cluster itself calls a rollout stuck: a deploy has been judged long before. */
const stuckAfterSeconds = 600

/**
 * A K8sDeployment made from a spec. It never names `replicas`: sizes are written apart, or an apply would undo what an
 * autoscaler or a canary's step chose.
 */
export function buildDeployment(
  release: KubernetesRelease,
  slot: Slot,
  facts: ManifestFacts,
): ManifestOf<'Deployment'> {
  const { settings } = release
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: buildReleaseMetadata(release, slot),
    spec: {
      selector: selectSlot(release, slot),
      strategy: buildStrategy(settings.strategy),
      revisionHistoryLimit: historyLimit,
      progressDeadlineSeconds: wholeSeconds(settings.health.deadline) + stuckAfterSeconds,
      ...proveUnasked(settings),
      template: buildPodTemplate(release, slot, facts),
    },
  }
}

/** What is asked nothing is available once it has run for a while. */
function proveUnasked(settings: KubernetesEnvironment): { minReadySeconds?: number } {
  return isAsked(settings) ? {} : { minReadySeconds: unaskedSeconds }
}

/** Of a K8sDeployment of Stevedore's own: which slot it is and what it is set to. */
export function buildReleaseMetadata(release: KubernetesRelease, slot: Slot) {
  return {
    name: nameDeployment(release, slot),
    namespace: release.settings.namespace,
    labels: { ...objectLabels(release), [keys.slot]: slot, [keys.revision]: String(release.revision) },
    annotations: { [keys.changeCause]: release.changeCause },
  }
}

/** The pods of one slot. */
export function selectSlot(place: PlaceName, slot: Slot): V1LabelSelector & { matchLabels: Record<string, string> } {
  return { matchLabels: { ...placeLabels(place), [keys.slot]: slot } }
}

/** Blue-green and canary replace pods in place only where nobody is served by them, one by one so that a quota suffices. */
export function buildStrategy(strategy: Strategy): V1DeploymentStrategy {
  if (strategy.type === 'recreate') return { type: 'Recreate' }
  const { maxSurge, maxUnavailable } = strategy.type === 'rolling' ? strategy : { maxSurge: 1, maxUnavailable: 0 }
  return { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } }
}

export function buildPodTemplate(release: KubernetesRelease, slot: Slot, facts: ManifestFacts): PodTemplate {
  const { settings, credential } = release
  const { account, pullSecret } = nameObjects(release)
  return {
    metadata: { labels: buildPodLabels(release, slot) },
    spec: {
      serviceAccountName: account,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: graceSeconds(settings),
      ...buildInit(settings),
      ...(facts.aliases?.length ? { hostAliases: facts.aliases } : {}),
      securityContext: buildPodSecurity(settings),
      topologySpreadConstraints: [spreadOverNodes(release, slot)],
      ...(credential ? { imagePullSecrets: [{ name: pullSecret }] } : {}),
      containers: [buildContainer(release, facts)],
      ...buildVolumes(settings, [...buildClaimVolumes(release), ...buildFileVolumes(release)]),
    },
  }
}

function spreadOverNodes(release: KubernetesRelease, slot: Slot) {
  return {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: selectSlot(release, slot),
  }
}

/** The revision is part of the template, so that each has a ReplicaSet of its own and a rollback finds it again. */
export function buildPodLabels(release: KubernetesRelease, slot: Slot): Record<string, string> {
  return {
    [keys.managedBy]: 'stevedore',
    [keys.name]: release.app,
    [keys.version]: release.version,
    ...placeLabels(release),
    [keys.slot]: slot,
    [keys.revision]: String(release.revision),
    ...policyLabels(release),
    ...reachLabels(release),
  }
}
