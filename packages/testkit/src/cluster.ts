import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Component, findProgram } from './component.ts'

const run = promisify(execFile)
const { STEVEDORE_TEST_KUBECONFIG: given, STEVEDORE_TEST_CLUSTER_COMMAND: command } = process.env

/** A script whose `up` starts a cluster, or leaves it running, and prints its kubeconfig's path as its last line. */
const starter = [command, fileURLToPath(new URL('../../../../shared/k8s/cluster', import.meta.url))].find(
  (path) => path !== undefined && existsSync(path),
)
const kubectl = findProgram('kubectl')

/**
 * A cluster whose nodes pull from registries on this machine's 127.0.0.1 and whose Service addresses answer here, as the tests of
 * deploys need.
 */
export const clusterComponent: Component = {
  name: 'Kubernetes cluster',
  found: kubectl !== undefined && (given !== undefined || starter !== undefined),
  bring:
    'kind create cluster (or k3d cluster create), kubectl on the PATH, then STEVEDORE_TEST_KUBECONFIG=PATH; ' +
    'or STEVEDORE_TEST_CLUSTER_COMMAND=PROGRAM, which `PROGRAM up` starts',
}

export interface TestCluster {
  /** Of an administrator. */
  kubeconfig: string
  /** Runs kubectl as that administrator; gives what it prints. */
  kubectl(args: readonly string[], input?: string): Promise<string>
}

let started: Promise<string> | undefined

export async function openTestCluster(): Promise<TestCluster> {
  started ??= given === undefined ? startCluster() : Promise.resolve(given)
  const kubeconfig = await started
  return { kubeconfig, kubectl: (args, input) => runKubectl(kubeconfig, args, input) }
}

async function startCluster(): Promise<string> {
  if (!starter) throw new Error(`no cluster here; bring it with: ${clusterComponent.bring}`)
  const { stdout } = await run(starter, ['up'], { timeout: 180_000 })
  return stdout.trim().split('\n').at(-1)!
}

async function runKubectl(kubeconfig: string, args: readonly string[], input?: string): Promise<string> {
  const child = run(kubectl!, ['--kubeconfig', kubeconfig, ...args], { timeout: 120_000, maxBuffer: 16 * 2 ** 20 })
  // One that has ended before it took its input says itself why.
  child.child.stdin?.on('error', () => {}).end(input ?? '')
  return (await child).stdout
}
