import type { IncomingMessage } from 'node:http'
import type { KubeConfig, KubernetesObject } from '@kubernetes/client-node'
import { type Kind, type ObjectOfKind, objectPath } from './kinds.ts'
import { fetchJson, sendRequest } from './request.ts'

export interface ApplyOptions {
  manager: string
  /** Takes fields over from other managers. */
  force: boolean
  /** The server does everything but keep it. */
  dryRun?: boolean
}

/** One Kubernetes API: single requests, neither fenced nor repeated. */
export interface Cluster {
  fetch<T>(path: string, signal: AbortSignal): Promise<T>
  get<K extends Kind>(
    kind: K,
    namespace: string,
    name: string,
    signal: AbortSignal,
    version?: string,
  ): Promise<ObjectOfKind[K]>
  list<K extends Kind>(
    kind: K,
    namespace: string,
    query: ListQuery,
    signal: AbortSignal,
    version?: string,
  ): Promise<ObjectOfKind[K][]>
  apply<T extends KubernetesObject>(
    namespace: string,
    object: T,
    options: ApplyOptions,
    signal: AbortSignal,
  ): Promise<T>
  merge<K extends Kind>(
    kind: K,
    namespace: string,
    name: string,
    patch: object,
    options: MergeOptions,
    signal: AbortSignal,
  ): Promise<ObjectOfKind[K]>
  create<T>(path: string, object: object, options: { dryRun?: boolean }, signal: AbortSignal): Promise<T>
  remove(kind: Kind, namespace: string, name: string, signal: AbortSignal, version?: string): Promise<void>
  /** The response's body as it comes: logs, and what a pod answers through the API's proxy. */
  stream(path: string, options: { timeoutMs?: number }, signal: AbortSignal): Promise<IncomingMessage>
}

export interface ListQuery {
  labels?: Record<string, string>
  fields?: Record<string, string>
}

export interface MergeOptions {
  manager: string
  /** Of the object that the change was derived from; absent: any. */
  resourceVersion?: string | undefined
  /** Lists are merged by their keys instead of replaced. */
  strategic?: boolean
}

export function createCluster(config: KubeConfig): Cluster {
  return {
    fetch: (path, signal) => fetchJson(config, { method: 'GET', path }, signal),
    get: (kind, namespace, name, signal, version) =>
      fetchJson(config, { method: 'GET', path: objectPath(kind, namespace, name, version) }, signal),
    list: (kind, namespace, query, signal, version) =>
      listAll(config, objectPath(kind, namespace, undefined, version), query, signal),
    apply: (namespace, object, options, signal) =>
      fetchJson(
        config,
        {
          method: 'PATCH',
          path: `${pathOf(namespace, object)}?${applyQuery(options)}`,
          body: object,
          contentType: 'application/apply-patch+yaml',
        },
        signal,
      ),
    merge: (kind, namespace, name, patch, { manager, resourceVersion, strategic }, signal) =>
      fetchJson(
        config,
        {
          method: 'PATCH',
          path: `${objectPath(kind, namespace, name)}?fieldManager=${manager}`,
          body: resourceVersion === undefined ? patch : withVersion(patch, resourceVersion),
          contentType: `application/${strategic ? 'strategic-merge' : 'merge'}-patch+json`,
        },
        signal,
      ),
    create: (path, object, { dryRun }, signal) =>
      fetchJson(config, { method: 'POST', path: dryRun ? `${path}?dryRun=All` : path, body: object }, signal),
    remove: async (kind, namespace, name, signal, version) => {
      const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' }
      await fetchJson(config, { method: 'DELETE', path: objectPath(kind, namespace, name, version), body }, signal)
    },
    stream: (path, options, signal) => sendRequest(config, { method: 'GET', path, ...options }, signal),
  }
}

function pathOf(namespace: string, object: KubernetesObject): string {
  return objectPath(object.kind as Kind, namespace, object.metadata?.name, object.apiVersion)
}

function applyQuery({ manager, force, dryRun }: ApplyOptions): URLSearchParams {
  return new URLSearchParams({ fieldManager: manager, force: String(force), ...(dryRun ? { dryRun: 'All' } : {}) })
}

function withVersion(patch: object, resourceVersion: string): object {
  const metadata = (patch as { metadata?: object }).metadata
  return { ...patch, metadata: { ...metadata, resourceVersion } }
}

/** All pages; an expired continuation (410) starts over by the caller's retry. */
async function listAll<T>(config: KubeConfig, path: string, query: ListQuery, signal: AbortSignal): Promise<T[]> {
  const items: T[] = []
  let next: string | undefined
  do {
    const params = new URLSearchParams({ limit: '500' })
    if (query.labels) params.set('labelSelector', joinPairs(query.labels))
    if (query.fields) params.set('fieldSelector', joinPairs(query.fields))
    if (next) params.set('continue', next)
    const page = await fetchJson<{ items: T[]; metadata?: { continue?: string } }>(
      config,
      { method: 'GET', path: `${path}?${params}` },
      signal,
    )
    items.push(...page.items)
    next = page.metadata?.continue
  } while (next)
  return items
}

function joinPairs(pairs: Record<string, string>): string {
  return Object.entries(pairs)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}
