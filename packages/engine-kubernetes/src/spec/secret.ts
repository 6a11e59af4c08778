import { scrypt } from 'node:crypto'
import type { RegistryCredential } from '@stevedore/engine'
import type { ManifestOf } from '../client/kinds.ts'
import { objectLabels } from './labels.ts'
import { nameObjects } from './names.ts'
import type { KubernetesPlace, KubernetesRelease } from './place.ts'

/**
 * The name of a release's Secret object, from its content: equal secrets share one, changed ones never touch what runs.
 * The name is visible to whoever sees a pod, so it is derived slowly: guessing a weak secret from it is made dear.
 */
export async function nameEnvSecret(release: KubernetesRelease): Promise<string | undefined> {
  const { app, environment, settings } = release
  if (settings.secrets.length === 0) return undefined
  const content = JSON.stringify([...settings.secrets].sort().map((name) => [name, release.secrets[name]]))
  const digest = await derive(content, `${settings.namespace}/${app}/${environment}`)
  return `${nameObjects(release).main}-env-${digest.toString('hex')}`
}

/** Whether a Secret object of this name is one that Stevedore made for the place: they are not read, so that is all that tells. */
export function isOwnSecret(place: KubernetesPlace, name: string): boolean {
  return name === nameObjects(place).pullSecret || isEnvSecret(place, name)
}

/** Whether one of this name holds secrets of a release of the place. */
export function isEnvSecret(place: KubernetesPlace, name: string): boolean {
  const { main } = nameObjects(place)
  return name.startsWith(main) && /^-env-[0-9a-f]{16}$/.test(name.slice(main.length))
}

function derive(secret: string, salt: string): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    scrypt(secret, salt, 8, (error, digest) => (error ? reject(error) : resolve(digest))),
  )
}

export function buildEnvSecret(release: KubernetesRelease, name: string): ManifestOf<'Secret'> {
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
  { username, password }: RegistryCredential,
): ManifestOf<'Secret'> {
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
