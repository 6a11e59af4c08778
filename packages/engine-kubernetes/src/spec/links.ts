import type { V1NetworkPolicyPeer } from '@kubernetes/client-node'
import { type KubernetesEnvironment, type Linked, listCallers, listLinks, nameLinked } from '@stevedore/contract'
import type { LinkEnd } from '@stevedore/engine'
import { keys, namespaceLabel, placeLabels } from './labels.ts'
import type { KubernetesPlace, KubernetesRelease } from './place.ts'

/** Where the links of a release lead in its own cluster. */
export function listTargets(release: KubernetesRelease): KubernetesPlace[] {
  return findEnds(release, listLinks(release.settings, release.environment), release.linked?.to)
}

function listOwnCallers(release: KubernetesRelease): KubernetesPlace[] {
  return findEnds(release, listCallers(release.settings, release.environment), release.linked?.from)
}

/** Of the ends that are known those that the settings name, within the cluster. */
function findEnds(own: KubernetesPlace, named: readonly Linked[], known: readonly LinkEnd[] = []): KubernetesPlace[] {
  const names = new Set(named.map(nameLinked))
  return known
    .filter((end) => names.has(nameLinked(end)))
    .flatMap(({ settings, ...end }) =>
      settings.engine === 'kubernetes' && settings.context === own.settings.context ? [{ ...end, settings }] : [],
    )
}

/** The pods at both ends of a release's links: what runs of those that may come in, and the replicas of those that it reaches. */
export function selectLinked(release: KubernetesRelease): {
  callers: V1NetworkPolicyPeer[]
  targets: V1NetworkPolicyPeer[]
} {
  const { settings } = release
  return {
    callers: dropRepeats(
      listOwnCallers(release).map((one) =>
        select(one, settings, { [keys.name]: one.app, [keys.links]: one.environment }),
      ),
    ),
    targets: listTargets(release).map((one) => select(one, settings, placeLabels(one))),
  }
}

/** One end may be given as it runs and as it is declared. */
function dropRepeats(peers: V1NetworkPolicyPeer[]): V1NetworkPolicyPeer[] {
  return [...new Map(peers.map((one) => [JSON.stringify(one), one])).values()]
}

/** In the release's own namespace without naming that, since servers before 1.21 label none. */
function select(
  { settings: { namespace } }: KubernetesPlace,
  own: KubernetesEnvironment,
  labels: Record<string, string>,
): V1NetworkPolicyPeer {
  return {
    podSelector: { matchLabels: { [keys.managedBy]: 'stevedore', ...labels } },
    ...(namespace === own.namespace ? {} : { namespaceSelector: { matchLabels: { [namespaceLabel]: namespace } } }),
  }
}
