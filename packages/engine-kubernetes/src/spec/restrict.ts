import type {
  V1Capabilities,
  V1Container,
  V1PodSecurityContext,
  V1PodSpec,
  V1SecurityContext,
} from '@kubernetes/client-node'
import { chooseAccount, findUnknownUser } from '@stevedore/contract'
import { chooseContainer } from './adopted.ts'
import { isOwnAccount } from './allowed/own.ts'
import type { ManifestFacts } from './container.ts'
import { limitMemory } from './limit-memory.ts'
import type { KubernetesRelease } from './place.ts'

/**
 * Pods of a source's manifests with what they leave unsaid: as those that Stevedore makes, no more than the Pod Security Standard
 * `restricted` lets them be, and with the worker's limit of memory. What an image says of its user counts as on Docker: it is root only where the spec says `allowRoot`.
 */
export function restrictPod(
  pod: V1PodSpec,
  release: KubernetesRelease,
  { defaultMemory }: Pick<ManifestFacts, 'defaultMemory'>,
  isApp = isChosen(pod, release),
): V1PodSpec {
  const shared: V1PodSecurityContext = { seccompProfile: { type: 'RuntimeDefault' }, ...pod.securityContext }
  const restrict = (container: V1Container) => ({
    ...container,
    ...limitMemory(container.resources, defaultMemory),
    securityContext: restrictContainer(container, shared, release, isApp(container)),
  })
  return {
    ...pod,
    ...(isOwnAccount(pod.serviceAccountName || pod.serviceAccount) ? {} : { automountServiceAccountToken: false }),
    securityContext: shared,
    containers: pod.containers.map(restrict),
    ...(pod.initContainers ? { initContainers: pod.initContainers.map(restrict) } : {}),
  }
}

function isChosen({ containers }: V1PodSpec, release: KubernetesRelease): (container: V1Container) => boolean {
  const app = chooseContainer(release, containers)
  return ({ name }) => name === app
}

function restrictContainer(
  { securityContext: own }: V1Container,
  shared: V1PodSecurityContext,
  release: KubernetesRelease,
  isApp: boolean,
): V1SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    ...own,
    capabilities: dropAllUnsaid(own?.capabilities),
    ...chooseUser(own, shared, release, isApp),
  }
}

/** A list that drops nothing says as little as none. */
function dropAllUnsaid(own: V1Capabilities | undefined): V1Capabilities {
  return { ...own, drop: own?.drop?.length ? own.drop : ['ALL'] }
}

/** A kubelet knows the number of an image's user, or refuses to start it: of other containers than the app's nothing else is known. */
function chooseUser(
  own: V1SecurityContext | undefined,
  shared: V1PodSecurityContext,
  { settings }: KubernetesRelease,
  isApp: boolean,
): V1SecurityContext {
  const said = own?.runAsUser ?? shared.runAsUser
  if (said != null || settings.allowRoot) return {}
  if (!isApp || findUnknownUser(settings) !== undefined) return { runAsNonRoot: true }
  const { user, group } = chooseAccount(settings)
  const isGroupSaid = (own?.runAsGroup ?? shared.runAsGroup) != null
  return { runAsNonRoot: true, runAsUser: user, ...(isGroupSaid || group === undefined ? {} : { runAsGroup: group }) }
}
