import { type ClusterNeed, clusterRights, FailureError, listServices, listVolumes } from '@stevedore/contract'
import { ApiError } from '../client/api-error.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { withRetries } from '../client/retry.ts'
import { isClosedIn } from '../spec/network-policy.ts'
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

/** @throws FailureError `forbidden-by-cluster` that names every right that is lacking */
export async function requireRights(reader: NamespaceReader, place: KubernetesPlace): Promise<void> {
  const missing = await findMissingRights(reader, place)
  if (missing.length === 0) return
  const diagnosis = `missing in ${reader.namespace}: ${missing.join(', ')}`
  throw new FailureError('forbidden-by-cluster', { diagnosis })
}

/** Does what may be forbidden: the first right that is found lacking is told with all the others. */
export async function tellAllRights<T>(
  reader: NamespaceReader,
  place: KubernetesPlace,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) await requireRights(reader, place)
    throw error
  }
}

/** `patch deployments.apps` for each right that is lacking. */
async function findMissingRights(reader: NamespaceReader, place: KubernetesPlace): Promise<string[]> {
  const { resourceRules, incomplete } = await reviewRights(reader)
  const needs: ClusterNeed[] = ['always']
  if (hasConfigMaps(place)) needs.push('configs')
  if (hasPolicies(place)) needs.push('policies')
  if (hasVolumes(place)) needs.push('volumes')
  if (hasServices(place)) needs.push('services')
  if (argoStrategy(place)) needs.push('argo')
  const unlisted = clusterRights
    .filter(({ when }) => needs.includes(when))
    .flatMap(({ group, resource, verbs }) => verbs.map((verb) => ({ group, resource, verb })))
    .filter((right) => !resourceRules.some((rule) => isGranted(rule, right)))
  // Some authorizers cannot list their rules, and answer for each right alone.
  const missing = incomplete ? await keepRefused(reader, unlisted) : unlisted
  return missing.map(({ group, resource, verb }) => `${verb} ${resource}${group ? `.${group}` : ''}`)
}

/** The spec's own, or such as manifests may hold. */
export function hasPolicies({ settings }: Pick<KubernetesPlace, 'settings'>): boolean {
  return settings.manifests !== undefined || isClosedIn(settings) || hasServices({ settings })
}

/** The place has companions, or is one. */
function hasServices({ service, settings }: Pick<KubernetesPlace, 'service' | 'settings'>): boolean {
  return service !== undefined || listServices(settings).length > 0
}

function hasVolumes({ settings }: Pick<KubernetesPlace, 'settings'>): boolean {
  return listVolumes(settings).length > 0 || listServices(settings).some(({ volume }) => volume)
}

/** With the spec's files, or such as manifests may hold. */
export function hasConfigMaps({ settings }: Pick<KubernetesPlace, 'settings'>): boolean {
  return settings.manifests !== undefined || settings.files !== undefined
}

interface Right {
  group: string
  /** `pods/log` where it is of a part. */
  resource: string
  verb: string
}

async function keepRefused(reader: NamespaceReader, rights: readonly Right[]): Promise<Right[]> {
  const allowed = await Promise.all(rights.map((right) => isAllowed(reader, right)))
  return rights.filter((_right, index) => !allowed[index])
}

async function isAllowed({ cluster, namespace, signal }: NamespaceReader, right: Right): Promise<boolean> {
  const [resource, subresource] = right.resource.split('/')
  const resourceAttributes = { namespace, group: right.group, resource, subresource, verb: right.verb }
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes },
  }
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
  const asked = () => cluster.create<{ status: { allowed: boolean } }>(path, review, {}, signal)
  return (await withRetries(asked, signal)).status.allowed
}

/** What the API server says that the credentials may do in the namespace. */
async function reviewRights({ cluster, namespace, signal }: NamespaceReader): Promise<RulesReview['status']> {
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } }
  const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews'
  return (await withRetries(() => cluster.create<RulesReview>(path, review, {}, signal), signal)).status
}

function isGranted(rule: Rule, { group, resource, verb }: Right): boolean {
  if (rule.resourceNames?.length) return false
  return covers(rule.verbs, verb) && covers(rule.apiGroups, group) && covers(rule.resources, resource)
}

function covers(list: readonly string[] = [], value: string): boolean {
  return list.includes('*') || list.includes(value)
}
