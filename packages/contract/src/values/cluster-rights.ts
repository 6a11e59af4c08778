/** Which settings of a place call for a right; without one that is `optional` a deploy goes on. */
export type ClusterNeed = 'always' | 'configs' | 'policies' | 'volumes' | 'services' | 'argo' | 'optional'

/** All that is done to an object of a place, from its making to its end. */
const manage = ['get', 'list', 'create', 'patch', 'delete'] as const

/**
 * What Stevedore does to each resource of a namespace that it deploys to, which is also what k8s/rbac/role.yaml grants; a test holds the two equal. Secrets
 * are written without the right to read or list them.
 */
export const clusterRights: readonly {
  group: string
  resource: string
  verbs: readonly string[]
  when: ClusterNeed
}[] = [
  { group: 'apps', resource: 'deployments', verbs: ['get', 'create', 'patch', 'delete'], when: 'always' },
  { group: 'apps', resource: 'replicasets', verbs: ['get', 'list', 'patch', 'delete'], when: 'always' },
  { group: '', resource: 'pods', verbs: ['list', 'create'], when: 'always' },
  { group: '', resource: 'pods/log', verbs: ['get'], when: 'always' },
  { group: '', resource: 'pods/proxy', verbs: ['get'], when: 'always' },
  { group: '', resource: 'pods/exec', verbs: ['get', 'create'], when: 'optional' },
  { group: '', resource: 'pods/attach', verbs: ['get', 'create'], when: 'optional' },
  { group: '', resource: 'events', verbs: ['list'], when: 'always' },
  { group: '', resource: 'endpoints', verbs: ['get'], when: 'always' },
  { group: '', resource: 'services', verbs: manage, when: 'always' },
  { group: '', resource: 'serviceaccounts', verbs: manage, when: 'always' },
  { group: '', resource: 'secrets', verbs: ['create', 'patch', 'delete'], when: 'always' },
  { group: '', resource: 'limitranges', verbs: ['list'], when: 'optional' },
  { group: 'batch', resource: 'jobs', verbs: manage, when: 'always' },
  { group: 'batch', resource: 'cronjobs', verbs: manage, when: 'optional' },
  { group: 'policy', resource: 'poddisruptionbudgets', verbs: manage, when: 'always' },
  { group: 'autoscaling', resource: 'horizontalpodautoscalers', verbs: manage, when: 'always' },
  { group: 'networking.k8s.io', resource: 'ingresses', verbs: manage, when: 'always' },
  { group: '', resource: 'persistentvolumeclaims', verbs: manage, when: 'volumes' },
  { group: '', resource: 'configmaps', verbs: manage, when: 'configs' },
  { group: 'networking.k8s.io', resource: 'networkpolicies', verbs: manage, when: 'policies' },
  { group: 'apps', resource: 'statefulsets', verbs: manage, when: 'services' },
  { group: 'argoproj.io', resource: 'rollouts', verbs: ['get', 'create', 'patch', 'delete'], when: 'argo' },
]
