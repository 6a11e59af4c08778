import { scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import type { V1Secret } from '@kubernetes/client-node'
import { type KubernetesPlace, type KubernetesRelease, nameObjects, objectLabels } from './names.ts'

const derive = promisify(scrypt) as (secret: string, salt: string, length: number) => Promise<Buffer>

/**
 * The name of a release's Secret object, from its content: equal secrets share one, changed ones never touch what runs.
 * The name is visible to whoever sees a pod, so it is derived slowly: guessing a weak secret from it is made dear.
 */
export async function nameEnvSecret(release: KubernetesRelease): Promise<string | undefined> {
  const { app, environment, settings } = release
  if (settings.secrets.length === 0) return undefined
  const content = JSON.stringify([...settings.secrets].sort().map((name) => [name, release.secrets[name]]))
  const digest = await derive(content, `${settings.namespace}/${app}/${environment}`, 8)
  return `${nameObjects(release).main}-env-${digest.toString('hex')}`
}

export function buildEnvSecret(release: KubernetesRelease, name: string): V1Secret {
  const data = release.settings.secrets.map((key) => [key, encode(release.secrets[key] ?? '')] as const)
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: release.settings.namespace, labels: objectLabels(release) },
    immutable: true,
    type: 'Opaque',
    data: Object.fromEntries(data),
  }
}

/** Not per revision: a credential is renewed without a deploy, and an old revision needs the new one to be pulled again. */
export function buildPullSecret(
  place: KubernetesPlace,
  image: string,
  { username, password }: { username: string; password: string },
): V1Secret {
  const registry = image.slice(0, image.indexOf('/'))
  const auths = { [registry]: { username, password, auth: encode(`${username}:${password}`) } }
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: nameObjects(place).pullSecret, namespace: place.settings.namespace, labels: objectLabels(place) },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': encode(JSON.stringify({ auths })) },
  }
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}
