import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestCluster } from '@stevedore/testkit'

/** What the claims of PostgreSQL and Redis are given: by the cluster where it has a default StorageClass, else folders of this machine, which is its node then. */
export async function openVolumes(cluster: TestCluster): Promise<{ close(): Promise<void> }> {
  if ((await cluster.kubectl(['get', 'storageclass', '-o', 'json'])).includes('is-default-class'))
    return { close: async () => {} }
  const names = ['data-stevedore-postgres-0', 'data-stevedore-redis-0']
  // Of a run that was cut short.
  await cluster.kubectl(['delete', 'persistentvolumes', ...names, '--ignore-not-found', '--timeout=60s'])
  const dirs = await Promise.all(names.map((name) => makeVolume(cluster, name)))
  return {
    async close() {
      await cluster.kubectl(['delete', 'persistentvolumes', ...names, '--wait=false', '--ignore-not-found'])
      for (const dir of dirs) await rm(dir, { recursive: true, force: true })
    },
  }
}

async function makeVolume(cluster: TestCluster, name: string): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'stevedore-volume-'))
  await chmod(path, 0o777)
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: '20Gi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      hostPath: { path },
      claimRef: { namespace: 'stevedore', name },
    },
  }
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify(volume))
  return path
}
