import type { V1OwnerReference } from '@kubernetes/client-node'
import { type AppLimits, defaultAppLimits } from '@stevedore/contract'
import type { WorkContext } from '@stevedore/engine'
import { ApiError } from './api-error.ts'
import { type Capabilities, readCapabilities } from './capabilities.ts'
import type { Cluster, ListQuery, MergeOptions, MergePatch } from './cluster.ts'
import type { ClusterAccess } from './connect.ts'
import { type Kind, type Manifest, type ObjectOfKind, objectPath } from './kinds.ts'
import { withRetries } from './retry.ts'

/** Owner of the fields that come from a spec. */
const specManager = 'stevedore'
/** Owner of sizes and of what a Service selects: they change within a rollout, apart from the spec. */
const rolloutManager = 'stevedore-rollout'

/** Looks into one namespace, patiently. */
export interface NamespaceReader {
  cluster: Cluster
  namespace: string
  signal: AbortSignal
  /** `kind:what` of what the operator lets manifests hold besides. */
  allowedInManifests: readonly string[]
  /** Of containers that do not say. */
  appLimits: AppLimits
  /** How long a pod may wait for a node that nothing says is on its way. */
  nodeGraceMs: number
  readCapabilities(): Promise<Capabilities>
  /** @param version where it depends on the cluster */
  get<K extends Kind>(kind: K, name: string, version?: string): Promise<ObjectOfKind[K] | undefined>
  list<K extends Kind>(kind: K, query: ListQuery, version?: string): Promise<ObjectOfKind[K][]>
  /** What the object would be after an apply, by the server's own reckoning: defaults, admission and quota included. */
  dryRun<T extends Manifest>(object: T, force: boolean): Promise<T>
}

/** Changes one namespace; each write awaits the fence just before, and again before each repetition. */
export interface NamespaceWriter extends NamespaceReader {
  /** One that is there already stays as it is. */
  create(object: Manifest): Promise<void>
  /** @param force takes conflicting fields over from other managers */
  apply<T extends Manifest>(object: T, force: boolean): Promise<T>
  /**
   * Reads, derives a merge patch, and writes it only onto what was read; an undefined change writes nothing.
   * @param strategic lists are merged by their keys, and `$patch` directives hold
   */
  change<K extends Kind>(
    kind: K,
    name: string,
    derive: (found: ObjectOfKind[K]) => MergePatch | undefined,
    strategic?: boolean,
  ): Promise<void>
  /** Makes an object go when its owner does; one that is not there stays so. */
  own(kind: Kind, name: string, owner: V1OwnerReference): Promise<void>
  remove(kind: Kind, name: string, version?: string): Promise<void>
}

/** What the worker says of all clusters. */
type WorkerSettings = Pick<ClusterAccess, 'allowedInManifests' | 'appLimits' | 'nodeGraceMs'>

export function openReader(
  cluster: Cluster,
  namespace: string,
  signal: AbortSignal,
  { allowedInManifests = [], appLimits = defaultAppLimits, nodeGraceMs = 60_000 }: WorkerSettings = {},
): NamespaceReader {
  return {
    cluster,
    namespace,
    signal,
    allowedInManifests,
    appLimits,
    nodeGraceMs,
    readCapabilities: () => readCapabilities(cluster, signal),
    get: (kind, name, apiVersion) =>
      withRetries(() => orAbsent(cluster.get({ kind, namespace, name, apiVersion }, signal)), signal),
    list: (kind, query, apiVersion) =>
      withRetries(() => cluster.list({ kind, namespace, apiVersion }, query, signal), signal),
    dryRun: (object, force) =>
      takeBackOwn(force, (forced) => {
        const options = { manager: specManager, force: forced, dryRun: true }
        return withRetries(() => cluster.apply(namespace, object, options, signal), signal)
      }),
  }
}

export function openWriter(
  cluster: Cluster,
  namespace: string,
  { fence }: Pick<WorkContext, 'fence'>,
  signal: AbortSignal,
  settings: WorkerSettings = {},
): NamespaceWriter {
  const reader = openReader(cluster, namespace, signal, settings)
  const write = <T>(effect: () => Promise<T>) =>
    withRetries(async () => {
      await fence()
      return effect()
    }, signal)
  const merge = (kind: Kind, name: string, patch: MergePatch, options: Omit<MergeOptions, 'manager'>) =>
    cluster.merge({ kind, namespace, name }, patch, { manager: rolloutManager, ...options }, signal)
  return {
    ...reader,
    create: ({ kind, apiVersion, ...object }) => {
      const path = objectPath({ kind, namespace, apiVersion })
      return write(() => unlessThere(cluster.create(path, { kind, apiVersion, ...object }, {}, signal)))
    },
    apply: (object, force) =>
      takeBackOwn(force, (forced) => {
        const options = { manager: specManager, force: forced }
        return write(() => cluster.apply(namespace, object, options, signal))
      }),
    change: (kind, name, derive, strategic = false) =>
      untilFresh(async () => {
        const found = await reader.get(kind, name)
        const patch = found && derive(found)
        const { resourceVersion } = found?.metadata ?? {}
        if (patch) await write(() => merge(kind, name, patch, { resourceVersion, strategic }))
      }),
    own: (kind, name, owner) =>
      write(() => orAbsent(merge(kind, name, { metadata: { ownerReferences: [owner] } }, { strategic: true }))),
    remove: (kind, name, apiVersion) =>
      write(() => orAbsent(cluster.remove({ kind, namespace, name, apiVersion }, signal))),
  }
}

/** Returning to an older template makes its fields the rollout's: to take those back is no conflict with anybody. */
async function takeBackOwn<T>(force: boolean, apply: (force: boolean) => Promise<T>): Promise<T> {
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
    if (error instanceof ApiError && error.status === 404 && !error.isNamespaceAbsent) return undefined
    throw error
  }
}

async function unlessThere(made: Promise<unknown>): Promise<void> {
  try {
    await made
  } catch (error) {
    if (!(error instanceof ApiError && error.body.reason === 'AlreadyExists')) throw error
  }
}

/** Controllers write statuses all the time, so a lost race is the rule rather than a fault; this many in a row are one. */
const maxLostRaces = 20

async function untilFresh(change: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++)
    try {
      return await change()
    } catch (error) {
      if (!(error instanceof ApiError && error.isStale) || tries >= maxLostRaces) throw error
    }
}
