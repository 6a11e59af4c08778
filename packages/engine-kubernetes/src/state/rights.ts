import type { NamespaceReader } from '../client/namespace.ts'
import { withRetries } from '../client/retry.ts'
import { argoStrategy, type KubernetesPlace } from '../spec/place.ts'

interface Rule {
  verbs: string[]
  apiGroups?: string[]
  resources?: string[]
  resourceNames?: string[]
}

interface RulesReview {
  status: { resourceRules: Rule[]; incomplete: boolean }
}

/** Which settings of a place call for a right; without one that is `optional` a deploy goes on. */
type Need = 'always' | 'manifests' | 'argo' | 'optional'

/** All that is done to an object of a place, from its making to its end. */
const manage = ['get', 'list', 'create', 'patch', 'delete'] as const

/**
 * What the engine does to each resource, which is also what k8s/rbac/role.yaml grants; a test holds the two equal. Secrets
 * are written without the right to read or list them.
 */
export const neededRights: readonly { group: string; resource: string; verbs: readonly string[]; when: Need }[] = [
  { group: 'apps', resource: 'deployments', verbs: ['get', 'create', 'patch', 'delete'], when: 'always' },
  { group: 'apps', resource: 'replicasets', verbs: ['get', 'list', 'patch', 'delete'], when: 'always' },
  { group: '', resource: 'pods', verbs: ['list', 'create'], when: 'always' },
  { group: '', resource: 'pods/log', verbs: ['get'], when: 'always' },
  { group: '', resource: 'pods/proxy', verbs: ['get'], when: 'always' },
  { group: '', resource: 'events', verbs: ['list'], when: 'always' },
  { group: '', resource: 'endpoints', verbs: ['get'], when: 'always' },
  { group: '', resource: 'services', verbs: manage, when: 'always' },
  { group: '', resource: 'serviceaccounts', verbs: manage, when: 'always' },
  { group: '', resource: 'secrets', verbs: ['create', 'patch', 'delete'], when: 'always' },
  { group: '', resource: 'limitranges', verbs: ['list'], when: 'optional' },
  { group: 'batch', resource: 'jobs', verbs: manage, when: 'always' },
  { group: 'policy', resource: 'poddisruptionbudgets', verbs: manage, when: 'always' },
  { group: 'autoscaling', resource: 'horizontalpodautoscalers', verbs: manage, when: 'always' },
  { group: 'networking.k8s.io', resource: 'ingresses', verbs: manage, when: 'always' },
  { group: '', resource: 'configmaps', verbs: manage, when: 'manifests' },
  { group: 'networking.k8s.io', resource: 'networkpolicies', verbs: manage, when: 'manifests' },
  { group: 'argoproj.io', resource: 'rollouts', verbs: ['get', 'create', 'patch', 'delete'], when: 'argo' },
]

/** `patch deployments.apps` for each right that is lacking; empty where the cluster cannot tell all. */
export async function findMissingRights(reader: NamespaceReader, place: KubernetesPlace): Promise<string[]> {
  const { resourceRules, incomplete } = await reviewRights(reader)
  if (incomplete) return []
  const needs: Need[] = ['always']
  if (place.settings.manifests !== undefined) needs.push('manifests')
  if (argoStrategy(place)) needs.push('argo')
  return neededRights
    .filter(({ when }) => needs.includes(when))
    .flatMap(({ group, resource, verbs }) =>
      verbs
        .filter((verb) => !resourceRules.some((rule) => isGranted(rule, group, resource, verb)))
        .map((verb) => `${verb} ${resource}${group ? `.${group}` : ''}`),
    )
}

/** What the API server says that the credentials may do in the namespace. */
async function reviewRights({ cluster, namespace, signal }: NamespaceReader): Promise<RulesReview['status']> {
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } }
  const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews'
  return (await withRetries(() => cluster.create<RulesReview>(path, review, {}, signal), signal)).status
}

function isGranted(rule: Rule, group: string, resource: string, verb: string): boolean {
  if (rule.resourceNames?.length) return false
  return covers(rule.verbs, verb) && covers(rule.apiGroups, group) && covers(rule.resources, resource)
}

function covers(list: readonly string[] = [], value: string): boolean {
  return list.includes('*') || list.includes(value)
}
