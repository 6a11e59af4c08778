import { existsSync, statSync } from 'node:fs'
import { delimiter } from 'node:path'
import type { KubeConfig } from '@kubernetes/client-node'
import { type AppLimits, FailureError } from '@stevedore/contract'
import { type Cluster, createCluster } from './cluster.ts'
import { loadLibrary } from './library.ts'

export interface ClusterAccess {
  /** Path of a kubeconfig, or several as in KUBECONFIG. Absent: only the cluster that the process itself runs in. */
  kubeconfig?: string | undefined
  /** The contexts that environments may name; absent: all of the kubeconfig. */
  contexts?: readonly string[] | undefined
  /** `kind:what` of what manifests may hold besides; a final `*` stands for any rest. */
  allowedInManifests?: readonly string[] | undefined
  /** What a container may take at most that does not say. Default: `defaultAppLimits`; of processes the kubelet decides. */
  appLimits?: AppLimits | undefined
  /** How long a pod may wait for a node that nothing says is on its way; a minute by default. */
  nodeGraceMs?: number | undefined
}

const ownToken = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** Gives the cluster of a context; without one, the cluster that the process runs in, else the kubeconfig's current context. */
export function createConnector(access: ClusterAccess): (context: string | undefined) => Cluster {
  // Not in the first job that needs it: on a busy machine nothing else moves for ten seconds and more.
  if (seesCluster(access)) loadLibrary()
  const open = new Map<string, Cluster>()
  return (context) => {
    if (context !== undefined && access.contexts && !access.contexts.includes(context))
      throw unknown(context, access.contexts)
    const key = `${context ?? ''} ${stampFiles(access.kubeconfig)}`
    const known = open.get(key)
    if (known) return known
    const cluster = createCluster(loadConfig(access.kubeconfig, context))
    open.set(key, cluster)
    return cluster
  }
}

/** Changes whenever a kubeconfig was rewritten, so that new credentials are read. */
function stampFiles(kubeconfig: string | undefined): string {
  return listFiles(kubeconfig)
    .map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0)
    .join(' ')
}

function listFiles(kubeconfig: string | undefined): string[] {
  return (kubeconfig ?? '').split(delimiter).filter((file) => file !== '')
}

function loadConfig(kubeconfig: string | undefined, context: string | undefined): KubeConfig {
  const config = openConfig()
  if (context === undefined && existsSync(ownToken)) {
    config.loadFromCluster()
    return config
  }
  readFiles(config, listFiles(kubeconfig))
  if (context !== undefined) useContext(config, context)
  if (!config.getCurrentCluster()) throw unreachable(`the kubeconfig has no context ${config.getCurrentContext()}`)
  return config
}

/** @throws FailureError `context-unknown`: another try finds no other kubeconfig */
function useContext(config: KubeConfig, context: string): void {
  const names = config.getContexts().map(({ name }) => name)
  if (!names.includes(context)) throw unknown(context, names)
  config.setCurrentContext(context)
}

function readFiles(config: KubeConfig, [first, ...others]: string[]): void {
  if (first === undefined) throw unreachable('the worker has no kubeconfig and runs in no cluster')
  try {
    config.loadFromFile(first)
    for (const file of others) mergeFile(config, file)
  } catch (error) {
    throw unreachable('the kubeconfig cannot be read', error)
  }
}

function seesCluster({ kubeconfig }: ClusterAccess): boolean {
  return existsSync(ownToken) || listFiles(kubeconfig).some((file) => existsSync(file))
}

function openConfig(): KubeConfig {
  return new (loadLibrary().KubeConfig)()
}

function mergeFile(config: KubeConfig, file: string): void {
  const other = openConfig()
  other.loadFromFile(file)
  config.mergeConfig(other, true)
}

function unknown(context: string, names: readonly string[]): FailureError {
  const known = names.length > 0 ? `it knows ${names.join(', ')}` : 'it knows none'
  return new FailureError('context-unknown', { diagnosis: `no context ${context} for this worker: ${known}` })
}

function unreachable(diagnosis: string, cause?: unknown): FailureError {
  return new FailureError('cluster-unreachable', { diagnosis, cause })
}
