import type { V1Container, V1PodSpec } from '@kubernetes/client-node'
import { findCount } from '@stevedore/contract'
import type { Capabilities } from '../client/capabilities.ts'
import type { Manifest, ManifestOf, PodTemplate } from '../client/kinds.ts'
import { chooseContainer, labelPods, repositoryOf } from './adopted.ts'
import { buildEnv, type ManifestFacts } from './container.ts'
import { keys, objectLabels } from './labels.ts'
import { unaskedSeconds } from './lifecycle.ts'
import { nameObjects } from './names.ts'
import { narrowPod } from './narrow.ts'
import { overlayPod } from './overlay.ts'
import type { KubernetesRelease } from './place.ts'
import { besideLabels, buildBesideLabels } from './pod-facts.ts'
import { type BaseManifests, nameProtocols } from './rebase.ts'
import { restrictPod } from './restrict.ts'
import { stampApplied } from './stamp.ts'

export type BesideObject = ManifestOf<'Deployment'> | ManifestOf<'CronJob'>

interface BesideFacts extends ManifestFacts {
  cron: Capabilities['cron']
}

/** What the objects of one release are filled in by. */
interface Filling {
  base: BaseManifests
  release: KubernetesRelease
  facts: BesideFacts
  isApp(container: V1Container): boolean
}

/**
 * The Deployments of manifests that the route does not lead to, and their CronJobs: as they are written, with the release's image, `env` and
 * `secrets` in the containers that run the app, and what they leave unsaid as in the Deployment that serves.
 */
export function buildBeside(base: BaseManifests, release: KubernetesRelease, facts: BesideFacts): BesideObject[] {
  const filling: Filling = { base, release, facts, isApp: findAppContainers(base, release) }
  return (base.beside ?? []).flatMap((object): BesideObject[] => {
    if (object.kind === 'Deployment') return [buildDeployment(object as ManifestOf<'Deployment'>, filling)]
    return object.kind === 'CronJob' ? [buildCronJob(object as ManifestOf<'CronJob'>, filling)] : []
  })
}

function buildDeployment(object: ManifestOf<'Deployment'>, filling: Filling): ManifestOf<'Deployment'> {
  const { release } = filling
  const { spec } = object
  const named = { kind: 'Deployment', name: object.metadata.name } as const
  const { replicas: _, ...kept } = spec
  return stampApplied({
    ...object,
    metadata: buildMetadata(object, release, { [keys.process]: named.name }),
    spec: {
      ...proveUnasked(object, filling),
      ...kept,
      ...chooseReplicas(object, filling),
      selector: { matchLabels: { ...spec.selector.matchLabels, ...besideLabels(release, named) } },
      template: openTemplate(spec.template, named, filling),
    },
  })
}

/**
 * As many as a person asked for, else as the manifests say: one that an autoscaler sizes has the number that it chose, and so it had when it
 * was built before.
 */
function chooseReplicas(
  { metadata, spec: { replicas } }: ManifestOf<'Deployment'>,
  { base, release }: Filling,
): { replicas?: number } {
  const asked = findCount(release.scale, metadata.name)
  if (asked !== undefined) return { replicas: asked }
  const isScaled = base.others.some((one) => isAutoscaler(one) && one.spec.scaleTargetRef.name === metadata.name)
  return isScaled || (base.isRemembered && replicas === undefined) ? {} : { replicas: replicas ?? 1 }
}

/** What is asked nothing is up once it has run for a while, as in what Stevedore makes; what was built before stays as it was. */
function proveUnasked({ spec }: ManifestOf<'Deployment'>, { base }: Filling): { minReadySeconds?: number } {
  const isAsked = spec.template.spec.containers.some(({ readinessProbe }) => readinessProbe !== undefined)
  return isAsked || base.isRemembered ? {} : { minReadySeconds: unaskedSeconds }
}

function buildCronJob(object: ManifestOf<'CronJob'>, filling: Filling): ManifestOf<'CronJob'> {
  const { release, facts } = filling
  const { jobTemplate } = object.spec
  const named = { kind: 'CronJob', name: object.metadata.name } as const
  const said = jobTemplate.metadata?.labels
  return {
    ...object,
    apiVersion: facts.cron,
    metadata: buildMetadata(object, release, { [keys.cron]: named.name }),
    spec: {
      ...object.spec,
      jobTemplate: {
        ...jobTemplate,
        metadata: { ...jobTemplate.metadata, labels: { ...said, ...buildBesideLabels(release, named, said) } },
        spec: { ...jobTemplate.spec, template: openTemplate(jobTemplate.spec.template, named, filling) },
      },
    },
  }
}

function buildMetadata({ metadata }: Manifest, release: KubernetesRelease, own: Record<string, string>) {
  return {
    ...metadata,
    namespace: release.settings.namespace,
    labels: { ...metadata.labels, ...objectLabels(release), ...own, [keys.revision]: String(release.revision) },
    annotations: { ...metadata.annotations, [keys.changeCause]: release.changeCause, [keys.origin]: 'manifests' },
  }
}

function openTemplate(
  template: PodTemplate,
  named: Parameters<typeof buildBesideLabels>[1],
  filling: Filling,
): PodTemplate {
  const labels = buildBesideLabels(filling.release, named, template.metadata?.labels)
  return labelPods({ ...nameProtocols(template), spec: fillIn(template.spec, filling) }, labels)
}

function fillIn(pod: V1PodSpec, { base, release, facts, isApp }: Filling): V1PodSpec {
  const { initContainers: initial = [] } = pod
  const own = [...pod.containers, ...initial].filter(isApp)
  const filled = {
    ...overlayPod(pod, {
      ...buildPull(release, own),
      containers: fillContainers(pod.containers, release, facts, isApp),
    }),
    ...(initial.length > 0
      ? { initContainers: overlayAll(initial, fillContainers(initial, release, facts, isApp)) }
      : {}),
  }
  if (base.isRemembered) return filled
  const isOwn = ({ name }: V1Container) => own.some((one) => one.name === name)
  return narrowPod(restrictPod(filled, release, facts, isOwn), { place: release, pods: base.pods ?? [] })
}

function buildPull({ credential, ...release }: KubernetesRelease, own: readonly V1Container[]): Partial<V1PodSpec> {
  return credential && own.length > 0 ? { imagePullSecrets: [{ name: nameObjects(release).pullSecret }] } : {}
}

function fillContainers(
  all: readonly V1Container[],
  { settings, image }: KubernetesRelease,
  { envSecret }: ManifestFacts,
  isApp: Filling['isApp'],
): V1Container[] {
  return all.filter(isApp).map(({ name }) => ({ name, image, ...buildEnv(settings, envSecret) }))
}

function overlayAll(containers: V1Container[], fields: V1Container[]): V1Container[] {
  return overlayPod({ containers }, { containers: fields }).containers
}

/**
 * The containers that run the app: of the repository of the release's image, with or without its registry, or of that which the Deployment
 * that serves names for the app; and those that name no image.
 */
function findAppContainers(
  { deployment }: BaseManifests,
  release: KubernetesRelease,
): (container: V1Container) => boolean {
  const { containers } = deployment.spec.template.spec
  const chosen = chooseContainer(release, containers)
  const own = repositoryOf(release.image)
  const named = repositoryOf(containers.find(({ name }) => name === chosen)?.image)
  const all = new Set([own, own.slice(own.indexOf('/') + 1), named, ''])
  return ({ image }) => all.has(repositoryOf(image))
}

function isAutoscaler(object: Manifest): object is ManifestOf<'HorizontalPodAutoscaler'> {
  return object.kind === 'HorizontalPodAutoscaler'
}
