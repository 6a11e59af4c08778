import type { KubernetesObject, V1OwnerReference } from '@kubernetes/client-node'
import type { WorkContext } from '@stevedore/engine'
import { ApiError } from './api-error.ts'
import { describeCluster, type Served } from './capabilities.ts'
import type { Cluster, ListQuery } from './cluster.ts'
import type { Kind, ObjectOfKind } from './kinds.ts'
import { withRetries } from './retry.ts'

/** Owner of the fields that come from a spec. */
export const specManager = 'stevedore'
/** Owner of sizes and of what a Service selects: they change within a rollout, apart from the spec. */
export const rolloutManager = 'stevedore-rollout'

/** Looks into one namespace, patiently. */
export interface NamespaceReader {
  cluster: Cluster
  namespace: string
  signal: AbortSignal
  describe(): Promise<Served>
  get<K extends Kind>(kind: K, name: string, version?: string): Promise<ObjectOfKind[K] | undefined>
  list<K extends Kind>(kind: K, query: ListQuery, version?: string): Promise<ObjectOfKind[K][]>
  /** What the object would be after an apply, by the server's own reckoning: defaults, admission and quota included. */
  dryRun<T extends KubernetesObject>(object: T, force: boolean): Promise<T>
}

/** Changes one namespace; each write awaits the fence just before, and again before each repetition. */
export interface NamespaceWriter extends NamespaceReader {
  apply<T extends KubernetesObject>(object: T, force: boolean): Promise<T>
  /**
   * Reads, derives a merge patch, and writes it only onto what was read; an undefined change writes nothing.
   * @param strategic lists are merged by their keys, and `$patch` directives hold
   */
  change<K extends Kind>(
    kind: K,
    name: string,
    derive: (found: ObjectOfKind[K]) => object | undefined,
    strategic?: boolean,
  ): Promise<void>
  /** Makes an object go when its owner does; one that is not there stays so. */
  own(kind: Kind, name: string, owner: V1OwnerReference): Promise<void>
  remove(kind: Kind, name: string, version?: string): Promise<void>
}

export function openReader(cluster: Cluster, namespace: string, signal: AbortSignal): NamespaceReader {
  return {
    cluster,
    namespace,
    signal,
    describe: () => describeCluster(cluster, signal),
    get: (kind, name, version) =>
      withRetries(() => orAbsent(cluster.get(kind, namespace, name, signal, version)), signal),
    list: (kind, query, version) => withRetries(() => cluster.list(kind, namespace, query, signal, version), signal),
    dryRun: (object, force) =>
      againstOwn(force, (forced) =>
        withRetries(
          () => cluster.apply(namespace, object, { manager: specManager, force: forced, dryRun: true }, signal),
          signal,
        ),
      ),
  }
}

export function openWriter(
  cluster: Cluster,
  namespace: string,
  context: Pick<WorkContext, 'fence'>,
  signal: AbortSignal,
): NamespaceWriter {
  const reader = openReader(cluster, namespace, signal)
  const write = <T>(effect: () => Promise<T>) =>
    withRetries(async () => {
      signal.throwIfAborted()
      await context.fence()
      return effect()
    }, signal)
  return {
    ...reader,
    apply: (object, force) =>
      againstOwn(force, (forced) =>
        write(() => cluster.apply(namespace, object, { manager: specManager, force: forced }, signal)),
      ),
    async change(kind, name, derive, strategic = false) {
      for (let tries = 1; ; tries++) {
        const found = await reader.get(kind, name)
        const patch = found && derive(found)
        if (!found || !patch) return
        const options = { manager: rolloutManager, resourceVersion: found.metadata?.resourceVersion, strategic }
        const fresh = await orStale(
          write(() => cluster.merge(kind, namespace, name, patch, options, signal)),
          tries,
        )
        if (fresh) return
      }
    },
    own: async (kind, name, owner) => {
      const patch = { metadata: { ownerReferences: [owner] } }
      const options = { manager: rolloutManager, strategic: true }
      await write(() => orAbsent(cluster.merge(kind, namespace, name, patch, options, signal)))
    },
    remove: async (kind, name, version) => {
      await write(() => orAbsent(cluster.remove(kind, namespace, name, signal, version)))
    },
  }
}

/** Returning to an older template makes its fields the rollout's: to take those back is no conflict with anybody. */
async function againstOwn<T>(force: boolean, apply: (force: boolean) => Promise<T>): Promise<T> {
  try {
    return await apply(force)
  } catch (error) {
    const conflicts = error instanceof ApiError ? error.conflicts : []
    if (conflicts.length === 0 || !conflicts.every(({ message }) => message.includes(`"${rolloutManager}"`)))
      throw error
    return apply(true)
  }
}

async function orAbsent<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if (error instanceof ApiError && error.status === 404 && !isNamespaceAbsent(error)) return undefined
    throw error
  }
}

function isNamespaceAbsent({ body }: ApiError): boolean {
  return body.details?.kind === 'namespaces'
}

/** Controllers write statuses all the time, so a lost race is the rule rather than a fault; twenty in a row are one. */
async function orStale<T>(written: Promise<T>, tries: number): Promise<T | undefined> {
  try {
    return await written
  } catch (error) {
    if (error instanceof ApiError && error.isStale && tries < 20) return undefined
    throw error
  }
}
