import { type ClusterNeed, clusterRights } from '@stevedore/contract'
import type { Check } from './check.ts'
import { lastLine, runProgram } from './run-program.ts'

export interface ClusterPlace {
  /** The kubeconfig’s current one when absent. */
  context?: string | undefined
  /** Where apps are to run; without it rights are not looked at. */
  namespace?: string | undefined
}

interface Rule {
  verbs: string[]
  apiGroups?: string[]
  resources?: string[]
  resourceNames?: string[]
}

/** What rights that not every deploy needs are for. */
const uses: Partial<Record<ClusterNeed, string>> = {
  volumes: 'for volumes',
  configs: 'for files, and for manifests of the source',
  services: 'for companions',
  argo: 'for Argo Rollouts',
  optional: 'for limits that a namespace sets, commands in replicas, and CronJobs of manifests',
}

/**
 * Whether the cluster answers, and each right that a deploy to the namespace takes, as the account of the kubeconfig has them.
 * @param isMeant somebody named the cluster: one that merely stands in a home folder may be away without harm
 */
export async function checkCluster(place: ClusterPlace, kubeconfig: string, isMeant: boolean): Promise<Check[]> {
  const ask = (arguments_: string[], input?: string) => {
    const context = place.context === undefined ? [] : [`--context=${place.context}`]
    const given = input === undefined ? {} : { input }
    return runProgram('kubectl', [...context, '--request-timeout=5s', ...arguments_], {
      env: { KUBECONFIG: kubeconfig },
      ...given,
    })
  }
  const version = await ask(['get', '--raw', '/version'])
  if (version.failedToStart)
    return [{ name: 'cluster', state: 'missing', found: 'no kubectl to ask it with', remedy: 'install kubectl' }]
  if (version.exitCode !== 0) {
    const remedy = 'check the context (kubectl config get-contexts) and the network; docs/guide/kubernetes.md'
    const state = isMeant || place.context !== undefined || place.namespace !== undefined ? 'bad' : 'missing'
    return [{ name: 'cluster', state, found: lastLine(version.stderr) || 'does not answer', remedy }]
  }
  const cluster: Check = { name: 'cluster', state: 'good', found: `Kubernetes ${readVersion(version.stdout)}` }
  if (place.namespace === undefined) return [cluster]
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    spec: { namespace: place.namespace },
  }
  const answer = await ask(['create', '--output=json', '--filename=-'], JSON.stringify(review))
  if (answer.exitCode !== 0) return [cluster, { name: 'rights', state: 'bad', found: lastLine(answer.stderr) }]
  return [cluster, ...judgeRights(JSON.parse(answer.stdout).status.resourceRules, place.namespace)]
}

/** @param rules what the account may do in the namespace */
export function judgeRights(rules: readonly Rule[], namespace: string): Check[] {
  const lacking = clusterRights.flatMap(({ group, resource, verbs, when }) =>
    verbs
      .filter((verb) => !rules.some((rule) => isGranted(rule, group, resource, verb)))
      .map((verb) => ({ when, right: `${verb} ${resource}${group && `.${group}`}` })),
  )
  if (lacking.length === 0)
    return [{ name: 'rights', state: 'good', found: `all that deploys take are granted in ${namespace}` }]
  const remedy = `kubectl --namespace ${namespace} apply -f k8s/rbac/role.yaml -f k8s/rbac/rolebinding.yaml`
  return [...Map.groupBy(lacking, ({ when }) => when)].map(([when, rights]) => {
    const found = `lacking in ${namespace}${uses[when] ? ` (${uses[when]})` : ''}: ${rights.map(({ right }) => right).join(', ')}`
    return { name: 'rights', state: when === 'always' ? 'bad' : 'missing', found, remedy }
  })
}

function isGranted(rule: Rule, group: string, resource: string, verb: string): boolean {
  if (rule.resourceNames?.length) return false
  const covers = (list: readonly string[] = [], value = '') => list.includes('*') || list.includes(value)
  return covers(rule.verbs, verb) && covers(rule.apiGroups, group) && covers(rule.resources, resource)
}

function readVersion(text: string): string {
  return /"gitVersion": *"([^"]{1,60})"/.exec(text)?.[1] ?? 'of an unknown version'
}
