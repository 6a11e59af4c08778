import type { NamespaceReader } from '../cluster/namespace.ts'
import { withRetries } from '../cluster/retry.ts'
import type { KubernetesPlace } from '../names.ts'

interface Rule {
  verbs: string[]
  apiGroups?: string[]
  resources?: string[]
  resourceNames?: string[]
}

/**
 * What the engine does to each resource, which is also what k8s/rbac/role.yaml grants; a test holds the two equal. Secrets
 * are written without the right to read or list them.
 */
export const neededRights: readonly { group: string; resource: string; verbs: readonly string[]; when?: 'argo' }[] = [
  { group: 'apps', resource: 'deployments', verbs: ['get', 'create', 'patch', 'delete'] },
  { group: 'apps', resource: 'replicasets', verbs: ['get', 'list', 'patch', 'delete'] },
  { group: '', resource: 'pods', verbs: ['list', 'create'] },
  { group: '', resource: 'pods/log', verbs: ['get'] },
  { group: '', resource: 'pods/proxy', verbs: ['get'] },
  { group: '', resource: 'events', verbs: ['list'] },
  { group: '', resource: 'endpoints', verbs: ['get'] },
  { group: '', resource: 'services', verbs: ['get', 'create', 'patch', 'delete'] },
  { group: '', resource: 'serviceaccounts', verbs: ['get', 'create', 'patch', 'delete'] },
  { group: '', resource: 'secrets', verbs: ['create', 'patch', 'delete'] },
  { group: 'batch', resource: 'jobs', verbs: ['get', 'list', 'create', 'patch', 'delete'] },
  { group: 'policy', resource: 'poddisruptionbudgets', verbs: ['get', 'create', 'patch', 'delete'] },
  { group: 'autoscaling', resource: 'horizontalpodautoscalers', verbs: ['get', 'list', 'create', 'patch', 'delete'] },
  { group: 'networking.k8s.io', resource: 'ingresses', verbs: ['get', 'create', 'patch', 'delete'] },
  { group: 'argoproj.io', resource: 'rollouts', verbs: ['get', 'create', 'patch', 'delete'], when: 'argo' },
]

/** `patch deployments.apps` for each right that is lacking; empty where the cluster cannot tell all. */
export async function findMissingRights(
  { cluster, namespace, signal }: NamespaceReader,
  place: KubernetesPlace,
): Promise<string[]> {
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    spec: { namespace },
  }
  const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews'
  const { status } = await withRetries(
    () => cluster.create<{ status: { resourceRules: Rule[]; incomplete: boolean } }>(path, review, {}, signal),
    signal,
  )
  if (status.incomplete) return []
  const argo = place.settings.strategy.type === 'canary' && place.settings.strategy.controller === 'argo'
  return neededRights
    .filter(({ when }) => when === undefined || (when === 'argo' && argo))
    .flatMap(({ group, resource, verbs }) =>
      verbs
        .filter((verb) => !status.resourceRules.some((rule) => isGranted(rule, group, resource, verb)))
        .map((verb) => `${verb} ${resource}${group ? `.${group}` : ''}`),
    )
}

function isGranted(rule: Rule, group: string, resource: string, verb: string): boolean {
  const covers = (list: string[] | undefined, value: string) => list?.includes('*') || list?.includes(value)
  if (rule.resourceNames?.length) return false
  return Boolean(covers(rule.verbs, verb) && covers(rule.apiGroups, group) && covers(rule.resources, resource))
}
