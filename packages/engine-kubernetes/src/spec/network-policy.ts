import type { V1NetworkPolicyPeer, V1NetworkPolicyPort } from '@kubernetes/client-node'
import {
  isWithinNetwork,
  type KubernetesEnvironment,
  metadataNetworks,
  type NetworkPolicySettings,
  parseNetwork,
} from '@stevedore/contract'
import type { ManifestOf } from '../client/kinds.ts'
import { keys, namespaceLabel, objectLabels } from './labels.ts'
import { selectLinked } from './links.ts'
import { nameObjects } from './names.ts'
import type { KubernetesPlace, KubernetesRelease } from './place.ts'

type Peer = NonNullable<NetworkPolicySettings['from']>[number]
type Callee = NonNullable<NetworkPolicySettings['to']>[number]

/**
 * A revision has its own: what runs beside it while it is tried keeps the one that it came with, and is not cut off by a policy
 * that turns out wrong.
 */
export function namePolicy(place: KubernetesPlace, revision: number): string {
  return `${nameObjects(place).main}-r${revision}`
}

/** What the policy of a release selects: its pods, its migration and its check. */
export function policyLabels({ environment, revision, settings }: KubernetesRelease): Record<string, string> {
  return isClosedIn(settings) ? { [keys.network]: `${environment}.r${revision}` } : {}
}

/** Whether a release has a policy: one that says whose links come in lets nobody else in unsaid. */
export function isClosedIn({ networkPolicy, linkedBy }: Pick<KubernetesEnvironment, 'networkPolicy' | 'linkedBy'>) {
  return networkPolicy !== undefined || linkedBy !== undefined
}

/** Who may come in, and where the release may go. Its own app may always, on both ways, and so may what is linked. */
export function buildNetworkPolicy(release: KubernetesRelease): ManifestOf<'NetworkPolicy'> {
  const { app, revision, settings } = release
  const { from: said, to }: NetworkPolicySettings = settings.networkPolicy ?? {}
  const from = said ?? (settings.linkedBy ? [] : undefined)
  const own = selectApp(app)
  const { callers, targets } = selectLinked(release)
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: namePolicy(release, revision),
      namespace: settings.namespace,
      labels: { ...objectLabels(release), [keys.revision]: String(revision) },
    },
    spec: {
      podSelector: { matchLabels: { [keys.name]: app, ...policyLabels(release) } },
      policyTypes: [...(from ? ['Ingress'] : []), ...(to ? ['Egress'] : [])],
      ...(from ? { ingress: [{ from: [own, ...from.map(select), ...callers] }] } : {}),
      ...(to
        ? {
            egress: [
              { ports: nameLookup },
              { to: [own] },
              ...to.map(allowWay),
              ...targets.map((one) => ({ to: [one] })),
            ],
          }
        : {}),
    },
  }
}

/** The resolver may have any address, also one of the node itself. */
const nameLookup: V1NetworkPolicyPort[] = [
  { protocol: 'UDP', port: 53 },
  { protocol: 'TCP', port: 53 },
]

function allowWay({ ports, ...callee }: Callee): { to: V1NetworkPolicyPeer[]; ports?: V1NetworkPolicyPort[] } {
  const to = [closeMetadata(select(callee))]
  return ports ? { to, ports: ports.map((port) => ({ protocol: 'TCP', port })) } : { to }
}

function select({ app, namespace, cidr, except }: Peer): V1NetworkPolicyPeer {
  if (cidr !== undefined) return { ipBlock: { cidr, ...(except ? { except } : {}) } }
  return {
    ...(app === undefined ? {} : selectApp(app)),
    ...(namespace === undefined ? {} : { namespaceSelector: { matchLabels: { [namespaceLabel]: namespace } } }),
  }
}

/** Its replicas, migrations and checks alike. */
function selectApp(app: string): V1NetworkPolicyPeer {
  return { podSelector: { matchLabels: { [keys.managedBy]: 'stevedore', [keys.name]: app } } }
}

/** Nodes get their credentials there: a network that holds such an address is opened without it. */
function closeMetadata(peer: V1NetworkPolicyPeer): V1NetworkPolicyPeer {
  const { ipBlock } = peer
  const open = parseNetwork(ipBlock?.cidr)
  if (!ipBlock || !open) return peer
  const kept = ipBlock.except ?? []
  const closed = metadataNetworks.filter((one) => isHeld(one, [ipBlock.cidr]) && !isHeld(one, kept))
  return closed.length > 0 ? { ipBlock: { cidr: ipBlock.cidr, except: [...kept, ...closed] } } : peer
}

function isHeld(inner: string, outer: readonly string[]): boolean {
  const network = parseNetwork(inner)
  return outer.some((one) => {
    const other = parseNetwork(one)
    return network !== undefined && other !== undefined && isWithinNetwork(network, other)
  })
}
