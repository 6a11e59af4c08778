import type { KubernetesObject, V1Deployment, V1PodTemplateSpec } from '@kubernetes/client-node'
import type { Served } from '../client/capabilities.ts'
import type { ArgoRollout } from '../client/kinds.ts'
import { buildAdopted, buildBesideAdopted, overlayTemplate } from './adopted.ts'
import { buildAutoscaler } from './autoscaler.ts'
import { buildDeployment } from './deployment.ts'
import { argoStrategy, type KubernetesRelease, keys, type SlotName } from './names.ts'
import { type BaseManifests, rebaseDeployment, rebaseOthers } from './rebase.ts'
import { buildRollout } from './rollout.ts'
import { buildEnvSecret, buildPullSecret, nameEnvSecret } from './secret.ts'
import { buildDisruptionBudget, buildIngress, buildService, buildServiceAccount } from './supporting-objects.ts'

/** Everything of a release that is written to a cluster. */
export interface Blueprint {
  /** By slot; `next` carries what `main` becomes when it is settled. */
  deployments: Record<SlotName, V1Deployment>
  /** What is written in place of `main` where Argo Rollouts carries the release out. */
  rollout: ArgoRollout | undefined
  /** The pods as they will run. */
  template: V1PodTemplateSpec
  /** What stands around the pods, in the order in which it must come to be. */
  around: KubernetesObject[]
  /** Whether conflicts with other managers of the K8sDeployment are taken over. */
  force: boolean
}

export interface BlueprintInput {
  release: KubernetesRelease
  served: Served
  /** The K8sDeployment of others that is adopted. */
  adopted: V1Deployment | undefined
  /** The objects of the release's own manifests. */
  base: BaseManifests | undefined
  /** The slot that carries the traffic, at which an autoscaler is aimed. */
  serving: SlotName
}

export async function drawBlueprint(input: BlueprintInput): Promise<Blueprint> {
  const { release, served, adopted } = input
  const facts = { minor: served.minor, envSecret: await nameEnvSecret(release) }
  const [main, next] = drawDeployments(input, facts)
  const secrets = [
    ...(facts.envSecret ? [buildEnvSecret(release, facts.envSecret)] : []),
    ...(release.credential ? [buildPullSecret(release, release.image, release.credential)] : []),
  ]
  const argo = argoStrategy(release)
  return {
    rollout: argo && buildRollout(release, argo, facts),
    deployments: { main: stampApplied(main), next: stampApplied(stampPromotion(next, main)) },
    template: adopted ? overlayTemplate(adopted.spec!.template, main.spec!.template) : main.spec!.template,
    around: [...secrets, ...drawAround(input)],
    force: adopted === undefined || release.settings.force,
  }
}

function drawDeployments(
  { release, adopted, base }: BlueprintInput,
  facts: { minor: number; envSecret: string | undefined },
) {
  if (adopted) {
    const main = buildAdopted(release, adopted, facts)
    return [main, buildBesideAdopted(release, adopted, main)] as const
  }
  const build = (slot: SlotName) =>
    base ? rebaseDeployment(base.deployment, release, slot, facts) : buildDeployment(release, slot, facts)
  return [build('main'), build('next')] as const
}

function drawAround({ release, served, adopted, base, serving }: BlueprintInput): KubernetesObject[] {
  const { ingress, autoscale } = release.settings
  const named = [
    ...(ingress ? [buildIngress(release, ingress)] : []),
    ...(autoscale ? [buildAutoscaler(release, autoscale, serving, served.autoscaling)] : []),
  ]
  if (adopted) return named
  if (base) return [...rebaseOthers(base, release), ...named]
  return [buildServiceAccount(release), buildService(release), buildDisruptionBudget(release, served.policy), ...named]
}

function stampPromotion(next: V1Deployment, main: V1Deployment): V1Deployment {
  return annotate(next, { [keys.promotion]: JSON.stringify(main) })
}

/** The revision goes into the annotations too: the cluster copies them, and only them, to the ReplicaSet. */
export function stampApplied(deployment: V1Deployment): V1Deployment {
  const revision = deployment.metadata?.labels?.[keys.revision] ?? '0'
  return annotate(deployment, { [keys.revision]: revision, [keys.applied]: JSON.stringify(deployment.spec) })
}

function annotate(deployment: V1Deployment, annotations: Record<string, string>): V1Deployment {
  const { metadata } = deployment
  return { ...deployment, metadata: { ...metadata, annotations: { ...metadata?.annotations, ...annotations } } }
}
