import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  createTestNamespace,
  openTestDocker,
  publishPostgres,
  publishRedis,
  publishStevedore,
  type TestCluster,
} from '@stevedore/testkit'
import { unpackRelease } from '../../harness/release-tree.ts'
import { findLastRelease, releaseComponent } from '../../harness/releases.ts'

const k8s = join(import.meta.dirname, '../../../k8s')

/** What docs/guide/install.md tells to do, with images of the machine's own registry. */
export interface Installation {
  /** Of the last release, where its code is there, and of this code. */
  images: readonly [string, string]
  /** As administrator, in the namespace `stevedore`. */
  kubectl(args: readonly string[], input?: string): Promise<string>
  /** Applies the overlay with a build and runs its migration, the first time with the Secrets besides, and waits until all of it is in place. */
  apply(image: string): Promise<void>
  /** Where a Service answers. */
  readAddress(service: string): Promise<string>
  readFirstToken(): Promise<string>
}

const parts = [
  'statefulset/stevedore-postgres',
  'statefulset/stevedore-redis',
  'deployment/stevedore-api',
  'deployment/stevedore-worker',
]

export async function openInstallation(cluster: TestCluster, registryHost: string): Promise<Installation> {
  const docker = openTestDocker()
  const [postgres, redis] = [`${registryHost}/postgres:18`, `${registryHost}/redis:8`]
  await publishPostgres(docker, postgres)
  await publishRedis(docker, redis)
  const images = await publishBoth(`${registryHost}/stevedore`)
  const kubectl: Installation['kubectl'] = (args, input) =>
    cluster.kubectl(['--namespace', 'stevedore', ...args], input)
  // 0.1.0 starts with no kind of job that it does not know.
  const applyFolder = async (folder: string, image: string) => {
    const text = await cluster.kubectl(['kustomize', join(k8s, folder)])
    const known = image === images[0] ? text.replace(',rollback,run', ',rollback') : text
    const own = known.replaceAll('stevedore:local', image).replace(/postgres:18-alpine\S+/, postgres)
    await kubectl(['apply', '-f', '-'], own.replace(/redis:8-alpine\S+/, redis).replace(/restartPolicy: Never/, alias))
  }
  const clusterApi = await cluster.kubectl(['get', 'service', 'kubernetes', '-o', 'jsonpath={.spec.clusterIP}'])
  // The Job asks the cluster's API by its name; a cluster of tests may have no DNS.
  const alias = `$&\n      hostAliases: [{ ip: ${clusterApi}, hostnames: [kubernetes.default.svc] }]`
  const readAddress = (service: string) => kubectl(['get', 'service', service, '-o', 'jsonpath={.spec.clusterIP}'])
  const overlay = await chooseOverlay(cluster)
  let isThere = false

  async function install(image: string) {
    await cluster.kubectl(['apply', '-f', join(k8s, 'namespace.yaml')])
    await applyFolder(overlay, image)
    await makeSecrets({ kubectl, readAddress })
    await migrate(image)
  }

  /** As docs/upgrading.md orders it: new pods that came first would wait for their tables in the place that the Job needs. */
  async function upgrade(image: string) {
    await kubectl(['delete', 'job', 'stevedore-first-token', '--ignore-not-found'])
    await migrate(image)
    await applyFolder(overlay, image)
  }

  async function migrate(image: string) {
    await applyFolder('first-token', image)
    const job = ['wait', '--for=condition=complete', 'job/stevedore-first-token', '--timeout=110s']
    await kubectl(job).catch(async (error: Error) => {
      const ask = (...words: string[]) =>
        kubectl([...words, '-l', 'job-name=stevedore-first-token']).catch((other: Error) => other.message)
      const told = await Promise.all([ask('describe', 'pods'), ask('logs')])
      throw new Error([error.message, ...told].join('\n'), { cause: error })
    })
  }

  return {
    images,
    kubectl,
    readAddress,
    async apply(image) {
      if (isThere) await upgrade(image)
      else await install(image)
      isThere = true
      for (const part of parts) await kubectl(['rollout', 'status', part, '--timeout=110s'])
    },
    readFirstToken: async () =>
      decode(await kubectl(['get', 'secret', 'stevedore-first-token', '-o', 'jsonpath={.data.token}'])),
  }
}

async function publishBoth(repository: string): Promise<[last: string, present: string]> {
  const [docker, last, present] = [openTestDocker(), `${repository}:last`, `${repository}:present`] as const
  const component = releaseComponent()
  if (!component.found)
    console.log(`this code takes over from itself for want of the ${component.name}: ${component.bring}`)
  const release = component.found ? await unpackRelease(findLastRelease().commit) : undefined
  await publishStevedore(docker, last, release?.path)
  await release?.remove()
  await publishStevedore(docker, present)
  return [last, present]
}

const decode = (text: string) => Buffer.from(text, 'base64').toString()

/** 1.20 serves no PodDisruptionBudget of policy/v1. */
async function chooseOverlay(cluster: TestCluster): Promise<string> {
  const served = await cluster.kubectl(['api-versions'])
  return served.includes('policy/v1\n') ? 'overlays/staging' : 'overlays/staging-1.20'
}

/** By addresses, since a cluster of tests may have no DNS; hence after the Services. */
async function makeSecrets({ kubectl, readAddress }: Pick<Installation, 'kubectl' | 'readAddress'>): Promise<void> {
  const [postgres, redis] = [await readAddress('stevedore-postgres'), await readAddress('stevedore-redis')]
  const [owner, service, queue] = Array.from({ length: 3 }, () => randomBytes(16).toString('hex'))
  const secrets = {
    stevedore: {
      'database-url': `postgres://stevedore_api:${service}@${postgres}/stevedore`,
      'redis-url': `redis://:${queue}@${redis}`,
      'redis-password': queue,
      'master-key': randomBytes(32).toString('base64'),
      'audit-key': randomBytes(32).toString('base64'),
    },
    'stevedore-owner': {
      'database-url': `postgres://stevedore:${owner}@${postgres}/stevedore`,
      'postgres-password': owner,
    },
  }
  for (const [name, stringData] of Object.entries(secrets))
    await kubectl(
      ['apply', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData }),
    )
}

/** Lets the worker of the installation deploy to a namespace, as docs/guide/kubernetes.md tells. */
export async function grantNamespace(cluster: TestCluster, namespace: string): Promise<void> {
  await createTestNamespace(cluster, namespace)
  await cluster.kubectl(
    ['--namespace', namespace, 'apply', '-f', '-'],
    await readFile(join(k8s, 'rbac/role.yaml'), 'utf8'),
  )
  const account = ['--role', 'stevedore', '--serviceaccount', 'stevedore:stevedore']
  await cluster.kubectl(['--namespace', namespace, 'create', 'rolebinding', 'stevedore', ...account])
}
