import type { V1HostAlias } from '@kubernetes/client-node'
import { FailureError } from '@stevedore/contract'
import type { Capabilities } from '../client/capabilities.ts'
import type { Deployment, Manifest, ManifestOf, PodTemplate } from '../client/kinds.ts'
import { buildAdopted, buildBesideAdopted, type DeploymentFields, overlayTemplate } from './adopted.ts'
import { type BesideObject, buildBeside } from './beside.ts'
import { buildBroughtClaims } from './brought-claims.ts'
import { buildClaims, type Claim } from './claims.ts'
import type { ManifestFacts } from './container.ts'
import { buildDeployment } from './deployment.ts'
import { buildFiles } from './files.ts'
import { keys } from './labels.ts'
import type { Slot } from './names.ts'
import { buildNetworkPolicy, isClosedIn } from './network-policy.ts'
import { argoStrategy, type KubernetesRelease } from './place.ts'
import { type BaseManifests, rebaseDeployment, rebaseOthers } from './rebase.ts'
import { buildRemembered } from './remembered.ts'
import { buildRollout } from './rollout.ts'
import { buildEnvSecret, buildPullSecret, nameEnvSecret } from './secret.ts'
import { annotate, stampApplied } from './stamp.ts'
import {
  buildAutoscaler,
  buildDisruptionBudget,
  buildIngress,
  buildService,
  buildServiceAccount,
} from './supporting-objects.ts'

/** Everything of a release that is written to a cluster. */
export interface ReleaseManifests {
  /** By slot; `next` carries what `main` becomes when it is finalized. */
  deployments: { main: DeploymentFields | ManifestOf<'Deployment'>; next: ManifestOf<'Deployment'> }
  /** What is written in place of `main` where Argo Rollouts carries the release out. */
  rollout: ManifestOf<'Rollout'> | undefined
  /** The pods as they will run. */
  template: PodTemplate
  /** What the pods and their route need besides, in the order in which it must come to be. */
  supporting: Manifest[]
  /** What of manifests makes pods beside those that serve. */
  beside: BesideObject[]
  /** Whether conflicts with other managers of the K8sDeployment are taken over. */
  force: boolean
}

export interface ManifestInput {
  release: KubernetesRelease
  capabilities: Capabilities
  /** The K8sDeployment of others that is adopted. */
  adopted: Pick<Deployment, 'spec'> | undefined
  /** The objects of the release's own manifests. */
  base: BaseManifests | undefined
  /** The slot that carries the traffic, at which an autoscaler is aimed. */
  serving: Slot
  /** What has the names of its claims in the cluster. */
  claims?: readonly Claim[]
  /** The limit of memory of containers that name none. */
  defaultMemory: string | undefined
  /** Where companions are found by their names. */
  aliases?: V1HostAlias[]
}

export async function buildReleaseManifests(input: ManifestInput): Promise<ReleaseManifests> {
  const { release, capabilities, adopted, defaultMemory, aliases = [] } = input
  const facts = { minor: capabilities.minor, envSecret: await nameEnvSecret(release), defaultMemory, aliases }
  const brought = buildBrought(input, facts)
  const { main, next, template } = buildDeployments({ ...input, base: brought.base }, facts)
  const argo = argoStrategy(release)
  return {
    beside: brought.beside,
    rollout: argo && buildRollout(release, argo, facts),
    deployments: { main: stampApplied(main), next: stampApplied(stampPromotion(next, main)) },
    template,
    supporting: [
      ...buildSecrets(release, facts),
      ...buildClaims(release, input.claims ?? []),
      ...buildFiles(release),
      ...brought.claims,
      ...buildSupporting(input),
      ...brought.remembered,
    ],
    force: adopted === undefined || release.settings.force,
  }
}

/** What stands beside what serves, and what keeps it for who returns to the revision; a revision without any has neither. */
function buildBrought({ release, base, capabilities, claims: found = [] }: ManifestInput, facts: ManifestFacts) {
  const beside = base ? buildBeside(base, release, { ...facts, cron: capabilities.cron }) : []
  const claims = buildBroughtClaims(base?.beside ?? [], release, found)
  const all = [...beside, ...claims]
  if (all.length > 0 && argoStrategy(release))
    throw new FailureError('manifests-invalid', {
      diagnosis: `${all.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(', ')}: controller: argo rolls one Deployment alone`,
    })
  if (!base || (base.isRemembered && !base.isAgain) || all.length === 0) return { base, beside, claims, remembered: [] }
  const { object, mark } = buildRemembered(release, all)
  return { base: { ...base, mark }, beside, claims, remembered: [object] }
}

function buildDeployments({ release, adopted, base }: ManifestInput, facts: ManifestFacts) {
  if (adopted) {
    const main = buildAdopted(release, adopted, facts)
    const next = buildBesideAdopted(release, adopted, main)
    return { main, next, template: overlayTemplate(adopted.spec.template, main) }
  }
  const build = (slot: Slot) =>
    base ? rebaseDeployment(base, release, slot, facts) : buildDeployment(release, slot, facts)
  const main = build('main')
  return { main, next: build('next'), template: main.spec.template }
}

function buildSecrets(release: KubernetesRelease, { envSecret }: ManifestFacts): Manifest[] {
  return [
    ...(envSecret ? [buildEnvSecret(release, envSecret)] : []),
    ...(release.credential ? [buildPullSecret(release, release.image, release.credential)] : []),
  ]
}

function buildSupporting({ release, capabilities, adopted, base, serving }: ManifestInput): Manifest[] {
  const { ingress, autoscale } = release.settings
  const { policy, autoscaling } = capabilities
  const named = [
    // Before the pods that it closes in.
    ...(isClosedIn(release.settings) ? [buildNetworkPolicy(release)] : []),
    ...(ingress && !base?.hasIngress ? [buildIngress(release, ingress)] : []),
    ...(autoscale ? [buildAutoscaler(release, autoscale, serving, autoscaling)] : []),
  ]
  if (adopted) return named
  if (base) return [...rebaseOthers(base, release), ...named]
  return [buildServiceAccount(release), buildService(release), buildDisruptionBudget(release, policy), ...named]
}

function stampPromotion(next: ManifestOf<'Deployment'>, main: Manifest): ManifestOf<'Deployment'> {
  return annotate(next, { [keys.promotion]: JSON.stringify(main) })
}
