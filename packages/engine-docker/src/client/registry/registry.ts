import type { FailureError } from '@stevedore/contract'
import { type RegistryCredential, withinMs } from '@stevedore/engine'
import { toRegistryError, unreachable } from '../../failure/registry.ts'
import type { ImageSettings } from '../../spec/image-config.ts'
import { authorize, parseChallenge } from './authorize.ts'
import type { InsecureCheck } from './insecure.ts'
import { type Manifest, parseJson, readBody, readManifest, requireDigest } from './manifest.ts'
import type { Reference } from './reference.ts'

/** Asks a registry by its HTTP API (OCI distribution). Undefined where there is no such manifest. */
export interface RegistryClient {
  /** Reads the manifest and checks it against the digest that goes with it. */
  readManifest(
    reference: Reference,
    credential: RegistryCredential | undefined,
    signal: AbortSignal,
  ): Promise<Manifest | undefined>
  /** The digest alone, by a question that registries do not count as a pull. */
  findDigest(
    reference: Reference,
    credential: RegistryCredential | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined>
  /** How the image means to be run; of a list of images, what its main one says. */
  readConfig(
    reference: Reference,
    credential: RegistryCredential | undefined,
    signal: AbortSignal,
  ): Promise<ImageSettings | undefined>
  /** Fails as a push would, before one is begun: refused, throttled (with the pause that the registry asks for), away. */
  checkPush(reference: Reference, credential: RegistryCredential | undefined, signal: AbortSignal): Promise<void>
}

const mediaTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

const timeoutMs = 20_000

interface Question {
  method: 'GET' | 'HEAD'
  reference: Reference
  /** What is asked for in the repository. Default: the manifest. */
  path?: string
  /** What the token is to allow: `pull`, `pull,push`. */
  actions: string
  credential: RegistryCredential | undefined
  signal: AbortSignal
}

export function createRegistryClient(isInsecure: InsecureCheck): RegistryClient {
  async function ask(question: Question): Promise<Response | undefined> {
    const { registry, name, tag, digest } = question.reference
    const { path = `manifests/${digest ?? tag}` } = question
    const origin = `${(await isInsecure(registry, question.signal)) ? 'http' : 'https'}://${apiHost(registry)}`
    const response = await askSignedIn(new URL(`/v2/${name}/${path}`, origin), question)
    if (response.status === 404) return undefined
    if (!response.ok) throw await readRefusal(response)
    return response
  }

  async function read(reference: Reference, credential: RegistryCredential | undefined, signal: AbortSignal) {
    const response = await ask({ method: 'GET', reference, actions: 'pull', credential, signal })
    return response && readManifest(reference, response, signal)
  }

  async function readConfig(
    reference: Reference,
    credential: RegistryCredential | undefined,
    signal: AbortSignal,
  ): Promise<ImageSettings | undefined> {
    const manifest = await read(reference, credential, signal)
    if (manifest?.mainDigest) return readConfig({ ...reference, digest: manifest.mainDigest }, credential, signal)
    const digest = manifest?.configDigest
    if (digest === undefined) return undefined
    const question = { method: 'GET', reference, path: `blobs/${digest}`, actions: 'pull', credential, signal } as const
    const response = await ask(question)
    if (!response) return undefined
    const body = await readBody(response, signal)
    requireDigest(body, [digest])
    return parseJson<{ config?: ImageSettings }>(body).config
  }

  return {
    readManifest: read,
    readConfig,
    async findDigest(reference, credential, signal) {
      const response = await ask({ method: 'HEAD', reference, actions: 'pull', credential, signal })
      if (!response) return undefined
      const digest = response.headers.get('docker-content-digest')
      return digest ?? (await read(reference, credential, signal))?.digest
    },
    async checkPush(reference, credential, signal) {
      await ask({ method: 'HEAD', reference, actions: 'pull,push', credential, signal })
    },
  }
}

async function readRefusal(response: Response): Promise<FailureError> {
  // The status says what happened where the rest of the answer does not arrive.
  return toRegistryError(response, await response.text().catch(() => ''))
}

/** Asks without a sign-in first: the registry says which sort it wants, if any. */
async function askSignedIn(url: URL, { method, reference, actions, credential, signal }: Question): Promise<Response> {
  const ends = withinMs(timeoutMs, signal)
  const send = (target: URL, headers: Record<string, string>, verb = 'GET') =>
    fetch(target, { method: verb, headers: { accept: mediaTypes, ...headers }, signal: ends }).catch((error) => {
      signal.throwIfAborted()
      throw unreachable(error)
    })
  const response = await send(url, {}, method)
  const challenge = response.status === 401 ? parseChallenge(response.headers.get('www-authenticate')) : undefined
  if (!challenge) return response
  const scope = `repository:${reference.name}:${actions}`
  const authorization = await authorize({ registry: reference.registry, challenge, scope, credential, send })
  if (!authorization) return response
  await response.body?.cancel()
  return send(url, { authorization }, method)
}

/** Docker's own registry answers under another name than the one it is known by. */
function apiHost(registry: string): string {
  return registry === 'docker.io' || registry === 'index.docker.io' ? 'registry-1.docker.io' : registry
}
