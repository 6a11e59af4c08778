import type { V1Container, V1Deployment, V1PodSpec, V1PodTemplateSpec } from '@kubernetes/client-node'
import { FailureError } from '@stevedore/contract'
import { buildContainer, buildResources, buildVolumes, type ManifestFacts, nonEmpty } from './container.ts'
import { buildStrategy, historyLimit } from './deployment.ts'
import { isNamed } from './named-settings.ts'
import { type KubernetesRelease, keys, nameObjects, objectLabels, placeLabels } from './names.ts'
import { wholeSeconds } from './probes.ts'
import { buildContainerSecurity, buildPodSecurity } from './security.ts'

/** The fields of a K8sDeployment made by others that a release sets: the image, and what its spec names. */
export function buildAdopted(release: KubernetesRelease, live: V1Deployment, facts: ManifestFacts): V1Deployment {
  const { settings } = release
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: nameObjects(release).main,
      namespace: settings.namespace,
      labels: { [keys.revision]: String(release.revision) },
      annotations: { [keys.changeCause]: release.changeCause },
    },
    spec: {
      ...(isNamed(settings, 'strategy') && settings.strategy.type === 'rolling'
        ? { strategy: buildStrategy(settings.strategy) }
        : {}),
      template: { spec: buildNamedPod(release, live, facts) },
    } as V1Deployment['spec'],
  }
}

function buildNamedPod(release: KubernetesRelease, live: V1Deployment, facts: ManifestFacts): V1PodSpec {
  const { settings, credential } = release
  return {
    ...(isNamed(settings, 'drain') ? { terminationGracePeriodSeconds: wholeSeconds(settings.drain) } : {}),
    ...(isNamed(settings, 'user') ? { securityContext: buildPodSecurity(settings) } : {}),
    ...(credential ? { imagePullSecrets: [{ name: nameObjects(release).pullSecret }] } : {}),
    containers: [buildNamedContainer(release, live, facts)],
    ...nonEmpty('volumes', buildVolumes(settings)),
  }
}

function buildNamedContainer(release: KubernetesRelease, live: V1Deployment, facts: ManifestFacts): V1Container {
  const { settings, image } = release
  const whole = buildContainer(release, facts)
  const name = chooseContainer(release, live.spec?.template.spec?.containers ?? [])
  return {
    name,
    image,
    ...(settings.command ? { command: whole.command } : {}),
    ...(whole.env ? { env: whole.env } : {}),
    ...(settings.resources ? { resources: buildResources(settings.resources) } : {}),
    ...(isNamed(settings, 'health') ? numberPorts(whole, settings.containerPort) : {}),
    ...(isNamed(settings, 'readOnlyRoot') ? { securityContext: buildContainerSecurity(settings) } : {}),
    ...(whole.volumeMounts ? { volumeMounts: whole.volumeMounts } : {}),
  } as V1Container
}

/** The ports of an adopted container may have any name or none, so its probes go by number. */
function numberPorts({ readinessProbe, livenessProbe }: V1Container, port: number) {
  const byNumber = (probe: V1Container['readinessProbe']) => ({
    ...probe,
    ...(probe?.httpGet ? { httpGet: { ...probe.httpGet, port } } : {}),
    ...(probe?.tcpSocket ? { tcpSocket: { port } } : {}),
  })
  return { readinessProbe: byNumber(readinessProbe), livenessProbe: byNumber(livenessProbe) }
}

/** @throws FailureError `policy-violation` when several could be meant */
export function chooseContainer({ app, settings, image }: KubernetesRelease, containers: V1Container[]): string {
  const named = settings.container
  const found =
    containers.find(({ name }) => name === named) ??
    (named === undefined && containers.length === 1 ? containers[0] : undefined) ??
    (named === undefined
      ? (containers.find(({ name }) => name === app) ??
        containers.find((one) => repositoryOf(one.image) === repositoryOf(image)))
      : undefined)
  if (found) return found.name
  const choice = containers.map(({ name }) => name).join(', ')
  throw new FailureError('policy-violation', {
    diagnosis: named ? `there is no container ${named}; there are: ${choice}` : `set container: to one of ${choice}`,
  })
}

function repositoryOf(image: string | undefined): string {
  return (image ?? '').split('@')[0]!.replace(/:[^/:]*$/, '')
}

/** A second K8sDeployment beside an adopted one: its pods are those of the first with the release's fields, and its labels too. */
export function buildBesideAdopted(
  release: KubernetesRelease,
  live: V1Deployment,
  adopted: V1Deployment,
): V1Deployment {
  const own = { ...placeLabels(release), [keys.slot]: 'next' }
  const template = overlayTemplate(live.spec!.template, adopted.spec!.template)
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: nameObjects(release).next,
      namespace: release.settings.namespace,
      labels: { ...objectLabels(release), [keys.slot]: 'next', [keys.revision]: String(release.revision) },
      annotations: { [keys.changeCause]: release.changeCause },
    },
    spec: {
      selector: { matchLabels: own },
      strategy: buildStrategy(release.settings.strategy),
      revisionHistoryLimit: historyLimit,
      template: {
        ...template,
        metadata: {
          ...dropMinted(template),
          labels: { ...template.metadata?.labels, ...own, [keys.revision]: String(release.revision) },
        },
      },
    },
  }
}

function dropMinted({ metadata }: V1PodTemplateSpec) {
  const { creationTimestamp: _, ...kept } = metadata ?? {}
  return kept
}

/** The template as it is after the fields of an apply: lists of named things are merged by their key. */
export function overlayTemplate(base: V1PodTemplateSpec, fields: V1PodTemplateSpec): V1PodTemplateSpec {
  const [under, over] = [base.spec!, fields.spec!]
  return {
    ...base,
    spec: {
      ...under,
      ...over,
      ...mergeLists(under, over, { imagePullSecrets: 'name', volumes: 'name' }),
      containers: under.containers.map((container) => {
        const changed = over.containers.find(({ name }) => name === container.name)
        return changed
          ? { ...container, ...changed, ...mergeLists(container, changed, { env: 'name', volumeMounts: 'mountPath' }) }
          : container
      }),
    },
  }
}

function mergeLists<T extends object>(under: T, over: T, merged: { [P in keyof T]?: string }): Partial<T> {
  const lists = Object.entries(merged).map(([list, key]) => {
    const [old, fresh] = [under, over].map((one) => (one as Record<string, object[] | undefined>)[list] ?? [])
    const id = (item: object) => (item as Record<string, unknown>)[key as string]
    return [list, [...old!.filter((item) => !fresh!.some((other) => id(other) === id(item))), ...fresh!]] as const
  })
  return Object.fromEntries(lists.filter(([, items]) => items.length > 0)) as Partial<T>
}
