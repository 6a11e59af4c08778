import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listVolumes } from '@stevedore/contract'
import type { Place } from '@stevedore/engine'
import type { Stage } from './stage.ts'

interface Storage {
  close(): Promise<void>
}

/** What a place's claims are given: by the cluster where it has a default StorageClass, else folders of this machine, which is its node then. */
export async function openStorage(
  stage: Stage,
  { app, environment, settings }: Place,
  others: readonly string[] = [],
): Promise<Storage> {
  const volumes = [...listVolumes(settings).map(({ name }) => name), ...others]
  const names = volumes.map((name) => `${app}.${environment}.${name}`)
  if (names.length === 0) return { close: async () => {} }
  const isGiven = (await stage.cluster.kubectl(['get', 'storageclass', '-o', 'json'])).includes('is-default-class')
  const dirs = isGiven ? [] : await Promise.all(names.map((name) => makeVolume(stage, name)))
  return {
    async close() {
      await stage.kubectl(['delete', 'persistentvolumeclaims', ...names, '--wait=false', '--ignore-not-found'])
      if (isGiven) return
      await stage.cluster.kubectl(['delete', 'persistentvolumes', ...names, '--wait=false', '--ignore-not-found'])
      for (const dir of dirs) await rm(dir, { recursive: true, force: true })
    },
  }
}

/** For one claim alone. A folder of the node is nobody's to hand over: anyone may write in it. */
export async function makeVolume(stage: Stage, name: string): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'stevedore-volume-'))
  await chmod(path, 0o777)
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: '64Mi' },
      accessModes: ['ReadWriteOnce', 'ReadWriteMany'],
      persistentVolumeReclaimPolicy: 'Retain',
      hostPath: { path },
      claimRef: { namespace: stage.namespace, name },
    },
  }
  await stage.cluster.kubectl(['apply', '-f', '-'], JSON.stringify(volume))
  return path
}

/** One of somebody else. */
export async function makeForeignClaim(stage: Stage, name: string): Promise<void> {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '64Mi' } } }
  const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name }, spec }
  await stage.kubectl(['apply', '-f', '-'], JSON.stringify(claim))
}
