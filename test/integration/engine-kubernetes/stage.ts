import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DeployEngine } from '@stevedore/engine'
import { createKubernetesDeployEngine } from '@stevedore/engine-kubernetes'
import {
  busyboxComponent,
  clusterComponent,
  createTestNamespace,
  dockerComponent,
  openTestCluster,
  openTestDocker,
  publishDeployApp,
  registryComponent,
  removeImages,
  startRegistry,
  type TestCluster,
} from '@stevedore/testkit'

export const stageComponents = [clusterComponent, dockerComponent, busyboxComponent, registryComponent]

/** A namespace of a test file's own, an engine that has the shipped Role there and no other right, and the app's image. */
export interface Stage {
  namespace: string
  engine: DeployEngine
  /** Of the restricted account. */
  kubeconfig: string
  /** `127.0.0.1:PORT/NAME@sha256:…` */
  image: string
  registryHost: string
  cluster: TestCluster
  /** As administrator, in the namespace. */
  kubectl(args: readonly string[], input?: string): Promise<string>
  close(): Promise<void>
}

export async function openStage(): Promise<Stage> {
  const cluster = await openTestCluster()
  const docker = openTestDocker()
  const namespace = `stevedore-test-${randomBytes(3).toString('hex')}`
  const registry = await startRegistry()
  const dir = await mkdtemp(join(tmpdir(), `${namespace}-`))
  const kubectl = (args: readonly string[], input?: string) =>
    cluster.kubectl(['--namespace', namespace, ...args], input)
  await createTestNamespace(cluster, namespace)
  await grantRole(kubectl)
  const kubeconfig = await writeKubeconfig(cluster, kubectl, join(dir, 'kubeconfig'), namespace)
  const repository = `${registry.host}/${namespace}/app`
  return {
    namespace,
    // No test waits for nodes to come but those that bring their own grace.
    engine: createKubernetesDeployEngine({ kubeconfig, nodeGraceMs: 5_000 }),
    kubeconfig,
    image: await publishDeployApp(docker, repository),
    registryHost: registry.host,
    cluster,
    kubectl,
    async close() {
      await cluster.kubectl(['delete', 'namespace', namespace, '--wait=false'])
      await removeImages(docker, repository)
      await registry.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

const readRbac = (file: string) => readFile(new URL(`../../../k8s/rbac/${file}`, import.meta.url), 'utf8')

async function grantRole(kubectl: Stage['kubectl']): Promise<void> {
  await kubectl(['apply', '-f', '-'], await readRbac('role.yaml'))
  await kubectl(['apply', '-f', '-'], await readRbac('rolebinding.yaml'))
}

async function writeKubeconfig(
  cluster: TestCluster,
  kubectl: Stage['kubectl'],
  path: string,
  namespace: string,
): Promise<string> {
  const view = JSON.parse(await cluster.kubectl(['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json']))
  const config = {
    ...view,
    users: [{ name: 'stevedore', user: { token: await readToken(kubectl) } }],
    contexts: [{ name: 'test', context: { cluster: view.clusters[0].name, user: 'stevedore', namespace } }],
    'current-context': 'test',
  }
  await writeFile(path, JSON.stringify(config), { mode: 0o600 })
  return path
}

/** Before 1.24 an account comes with a token; since then one is asked for. */
async function readToken(kubectl: Stage['kubectl']): Promise<string> {
  const secret = await kubectl(['get', 'serviceaccount', 'stevedore', '-o', 'jsonpath={.secrets[0].name}'])
  if (!secret) return (await kubectl(['create', 'token', 'stevedore', '--duration', '1h'])).trim()
  const token = await kubectl(['get', 'secret', secret, '-o', 'jsonpath={.data.token}'])
  return Buffer.from(token, 'base64').toString()
}
