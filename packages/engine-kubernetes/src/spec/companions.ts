import { createHash } from 'node:crypto'
import type { V1Container, V1HostAlias } from '@kubernetes/client-node'
import { chooseHealth, type KubernetesEnvironment } from '@stevedore/contract'
import type { Manifest, ManifestOf, ObjectOfKind, PodTemplate } from '../client/kinds.ts'
import { buildClaims, type Claim } from './claims.ts'
import type { ManifestFacts } from './container.ts'
import { buildPodTemplate } from './deployment.ts'
import { keys, objectLabels } from './labels.ts'
import { buildProbes, processGraceSeconds } from './lifecycle.ts'
import { nameObjects } from './names.ts'
import type { KubernetesPlace, KubernetesRelease } from './place.ts'
import { buildEnvSecret, buildPullSecret } from './secret.ts'
import { buildServiceAccount } from './supporting-objects.ts'

/** A label of a StatefulSet's pods holds its name and eleven characters more. */
const longestName = 52

/** What a companion's objects are called. Two dashes set them apart from what an app's own are called: `shop-db` may be an app too. */
export function nameCompanion(place: Pick<KubernetesPlace, 'app' | 'settings'>, name: string): string {
  const full = `${nameObjects(place).main}--${name}`
  if (full.length <= longestName) return full
  const mark = createHash('sha256').update(full).digest('hex').slice(0, 8)
  return `${full.slice(0, longestName - mark.length - 1)}-${mark}`
}

/** A companion with objects of its own names: nothing of it is the app's but where it runs. */
export function openCompanion<P extends KubernetesPlace>(place: P): P {
  const name = nameService(place)
  const called = nameCompanion(place, name)
  const own = { deployment: called, service: called, container: name, networkPolicy: undefined, linkedBy: undefined }
  return { ...place, settings: { ...place.settings, ...own } }
}

export function nameService({ service }: Pick<KubernetesPlace, 'service'>): string {
  return service?.name ?? ''
}

/** On the pods of an environment's companions, or of one. They have not the labels of the place, by which the app's Service selects. */
export function companionLabels(
  { app, environment }: Pick<KubernetesPlace, 'app' | 'environment'>,
  name?: string,
): Record<string, string> {
  const own = { [keys.app]: app, [keys.serviceOf]: environment }
  return name === undefined ? own : { ...own, [keys.service]: name }
}

const secretRoles = ['env', 'pull'] as const

/** By a role alone: it is rewritten with the companion, of which none of before runs then. */
function nameSecret(called: string, role: (typeof secretRoles)[number]): string {
  return `${called}-${role}`
}

/** The Secret objects of a companion, by what its account says. */
export function listCompanionSecrets({ metadata: { name, labels } }: Pick<Manifest, 'metadata'>): string[] {
  const said = (labels?.[keys.secrets] ?? '').split('.')
  return secretRoles.filter((role) => said.includes(role)).map((role) => nameSecret(name, role))
}

/** @param own opened */
export function buildCompanion(own: KubernetesRelease, facts: ManifestFacts): ManifestOf<'StatefulSet'> {
  const { main } = nameObjects(own)
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      ...buildMetadata(own, main),
      labels: { ...serviceLabels(own), [keys.revision]: String(own.revision) },
      annotations: { [keys.changeCause]: own.changeCause },
    },
    spec: {
      replicas: 1,
      serviceName: main,
      // What is changed is another StatefulSet: a pod is replaced by none that a hand at the template made.
      updateStrategy: { type: 'OnDelete' },
      selector: { matchLabels: companionLabels(own, nameService(own)) },
      template: buildTemplate(own, { ...facts, envSecret: chooseSecret(own) }),
    },
  }
}

function buildMetadata(own: KubernetesRelease, name: string) {
  return { name, namespace: own.settings.namespace, labels: serviceLabels(own) }
}

function serviceLabels(own: KubernetesRelease): Record<string, string> {
  return { ...objectLabels(own), [keys.service]: nameService(own) }
}

function chooseSecret(own: KubernetesRelease): string | undefined {
  return own.settings.secrets.length > 0 ? nameSecret(nameObjects(own).main, 'env') : undefined
}

function buildTemplate(own: KubernetesRelease, facts: ManifestFacts): PodTemplate {
  const { topologySpreadConstraints: _spread, ...spec } = buildPodTemplate(own, 'main', facts).spec
  return {
    metadata: {
      labels: {
        [keys.managedBy]: 'stevedore',
        [keys.name]: own.app,
        ...companionLabels(own, nameService(own)),
        [keys.revision]: String(own.revision),
        [keys.reaches]: own.environment,
      },
    },
    spec: {
      ...spec,
      terminationGracePeriodSeconds: processGraceSeconds(own.settings),
      containers: spec.containers.map((container) => dressContainer(own, container)),
    },
  }
}

/** Its own port and probes. No route leads to it that it would have to leave first. */
function dressContainer(
  own: KubernetesRelease,
  {
    ports: _ports,
    lifecycle: _lifecycle,
    startupProbe: _startup,
    readinessProbe: _readiness,
    ...container
  }: V1Container,
): V1Container {
  const port = own.service?.port
  return {
    ...container,
    ...(port === undefined ? {} : { ports: [{ containerPort: port, protocol: 'TCP' }] }),
    ...(isServiceAsked(own) ? buildProbes(chooseHealth(own.settings), { port: port ?? '' }) : {}),
  }
}

/** Whether there is anything to ask of it: else it is healthy once it has run for a while. */
export function isServiceAsked({
  service,
  settings,
}: {
  service?: KubernetesPlace['service']
  settings: KubernetesEnvironment
}): boolean {
  return service?.port !== undefined || chooseHealth(settings).command !== undefined
}

/** What its pod needs to be there first. @param claims what has the name of its claim */
export function buildCompanionSupport(own: KubernetesRelease, claims: readonly Claim[]): Manifest[] {
  const secret = chooseSecret(own)
  const { immutable: _, ...env } = buildEnvSecret(own, secret ?? '')
  const labelled = <T extends Manifest>(object: T): T => {
    return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...serviceLabels(own) } } }
  }
  const account = labelled(buildServiceAccount(own))
  const roles = [...(secret === undefined ? [] : ['env']), ...(own.credential ? ['pull'] : [])]
  // First of all, so that a removal knows of each Secret object that there may be.
  const marked = { ...account.metadata.labels, [keys.secrets]: roles.join('.') }
  return [
    { ...account, metadata: { ...account.metadata, labels: marked } },
    ...buildClaims(own, claims).map(labelled),
    ...(secret === undefined ? [] : [labelled(env)]),
    ...(own.credential ? [labelled(buildPullSecret(own, own.image, own.credential))] : []),
    buildPolicy(own),
    ...buildCompanionService(own),
  ]
}

/**
 * What gives the companions beside one their addresses before they are made themselves: each pod is told those of all others. The account is what
 * a removal finds them by.
 */
export function buildAddresses(place: KubernetesRelease): Manifest[] {
  return (place.service?.beside ?? []).flatMap((service) => {
    const own = openCompanion({ ...place, service })
    const account = buildServiceAccount(own)
    const labels = { ...account.metadata.labels, ...serviceLabels(own), [keys.secrets]: '' }
    return [{ ...account, metadata: { ...account.metadata, labels } }, ...buildCompanionService(own)]
  })
}

/** An address that stays, whichever pod is behind it. */
function buildCompanionService(own: KubernetesRelease): ManifestOf<'Service'>[] {
  const port = own.service?.port
  if (port === undefined) return []
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: buildMetadata(own, nameObjects(own).service),
      spec: {
        type: 'ClusterIP',
        selector: companionLabels(own, nameService(own)),
        ports: [{ name: 'service', port, targetPort: port, protocol: 'TCP' }],
      },
    },
  ]
}

/** None but the pods of its own environment come in. */
function buildPolicy(own: KubernetesRelease): ManifestOf<'NetworkPolicy'> {
  const callers = { [keys.managedBy]: 'stevedore', [keys.name]: own.app, [keys.reaches]: own.environment }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: buildMetadata(own, nameObjects(own).main),
    spec: {
      podSelector: { matchLabels: companionLabels(own, nameService(own)) },
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: { matchLabels: callers } }] }],
    },
  }
}

/** By its name for whoever stands in the pod: a name in the cluster's own DNS would be the same for all environments of a namespace. */
export function buildAliases(found: readonly { name: string; service: ObjectOfKind['Service'] }[]): V1HostAlias[] {
  return found.flatMap(({ name, service: { spec } }) =>
    spec.clusterIP && spec.clusterIP !== 'None' ? [{ ip: spec.clusterIP, hostnames: [name] }] : [],
  )
}
