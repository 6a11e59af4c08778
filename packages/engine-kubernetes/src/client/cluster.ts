import type { IncomingMessage } from 'node:http'
import type { KubeConfig } from '@kubernetes/client-node'
import { type ExecStatus, execInPod, type PodCommand, type TakeOutput } from './exec.ts'
import { type Kind, type Manifest, type ObjectAddress, type ObjectOfKind, objectPath } from './kinds.ts'
import { type ApiRequest, fetchJson, sendRequest } from './request.ts'

/** One Kubernetes API: single requests, neither fenced nor repeated. */
export interface Cluster {
  fetch<T>(path: string, signal: AbortSignal): Promise<T>
  get<K extends Kind>(address: ObjectAddress<K>, signal: AbortSignal): Promise<ObjectOfKind[K]>
  list<K extends Kind>(address: ObjectAddress<K>, query: ListQuery, signal: AbortSignal): Promise<ObjectOfKind[K][]>
  /** Server-side apply. */
  apply<T extends Manifest>(namespace: string, object: T, options: ApplyOptions, signal: AbortSignal): Promise<T>
  merge(address: ObjectAddress, patch: MergePatch, options: MergeOptions, signal: AbortSignal): Promise<void>
  create<T>(path: string, object: object, options: { dryRun?: boolean }, signal: AbortSignal): Promise<T>
  remove(address: ObjectAddress, signal: AbortSignal): Promise<void>
  /** The response's body as it comes: logs, and what a pod answers through the API's proxy. */
  stream(path: string, options: { timeoutMs?: number }, signal: AbortSignal): Promise<IncomingMessage>
  exec(command: PodCommand, take: TakeOutput, signal: AbortSignal): Promise<ExecStatus | undefined>
}

export interface ListQuery {
  labels?: Record<string, string>
  fields?: Record<string, string>
}

interface ApplyOptions {
  manager: string
  /** Takes fields over from other managers. */
  force: boolean
  /** The server does everything but keep it. */
  dryRun?: boolean
}

export interface MergePatch {
  metadata?: object
  spec?: object
}

export interface MergeOptions {
  manager: string
  /** Of the object that the change was derived from; absent: any. */
  resourceVersion?: string | undefined
  /** Lists are merged by their keys instead of replaced, and `$patch` directives hold. */
  strategic?: boolean
}

export function createCluster(config: KubeConfig): Cluster {
  const send = <T>(request: ApiRequest, signal: AbortSignal) => fetchJson<T>(config, request, signal)
  return {
    fetch: (path, signal) => send({ method: 'GET', path }, signal),
    get: (address, signal) => send({ method: 'GET', path: objectPath(address) }, signal),
    list: (address, query, signal) => listAll(config, objectPath(address), query, signal),
    apply: (namespace, object, options, signal) => send(requestApply(namespace, object, options), signal),
    merge: (address, patch, options, signal) => send(requestMerge(address, patch, options), signal),
    create: (path, object, { dryRun }, signal) =>
      send({ method: 'POST', path: dryRun ? `${path}?dryRun=All` : path, body: object }, signal),
    remove: (address, signal) => send(requestRemoval(address), signal),
    stream: (path, options, signal) => sendRequest(config, { method: 'GET', path, ...options }, signal),
    exec: (command, take, signal) => execInPod(config, command, take, signal),
  }
}

function requestApply(namespace: string, object: Manifest, { manager, force, dryRun }: ApplyOptions): ApiRequest {
  const { kind, apiVersion, metadata } = object
  const query = new URLSearchParams({
    fieldManager: manager,
    force: String(force),
    ...(dryRun ? { dryRun: 'All' } : {}),
  })
  return {
    method: 'PATCH',
    path: `${objectPath({ kind, namespace, name: metadata.name, apiVersion })}?${query}`,
    body: object,
    contentType: 'application/apply-patch+yaml',
  }
}

function requestMerge(
  address: ObjectAddress,
  patch: MergePatch,
  { manager, resourceVersion, strategic }: MergeOptions,
): ApiRequest {
  const derived = { ...patch, metadata: { ...patch.metadata, resourceVersion } }
  return {
    method: 'PATCH',
    path: `${objectPath(address)}?fieldManager=${manager}`,
    body: resourceVersion === undefined ? patch : derived,
    contentType: `application/${strategic ? 'strategic-merge' : 'merge'}-patch+json`,
  }
}

function requestRemoval(address: ObjectAddress): ApiRequest {
  const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' }
  return { method: 'DELETE', path: objectPath(address), body }
}

/** All pages; an expired continuation (410) starts over by the caller's retry. */
async function listAll<T>(config: KubeConfig, path: string, query: ListQuery, signal: AbortSignal): Promise<T[]> {
  const items: T[] = []
  let next: string | undefined
  do {
    const request: ApiRequest = { method: 'GET', path: `${path}?${pageQuery(query, next)}` }
    const page = await fetchJson<{ items: T[]; metadata?: { continue?: string } }>(config, request, signal)
    items.push(...page.items)
    next = page.metadata?.continue
  } while (next)
  return items
}

function pageQuery({ labels, fields }: ListQuery, next: string | undefined): URLSearchParams {
  return new URLSearchParams({
    limit: '500',
    ...(labels ? { labelSelector: joinPairs(labels) } : {}),
    ...(fields ? { fieldSelector: joinPairs(fields) } : {}),
    ...(next ? { continue: next } : {}),
  })
}

function joinPairs(pairs: Record<string, string>): string {
  return Object.entries(pairs)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}
