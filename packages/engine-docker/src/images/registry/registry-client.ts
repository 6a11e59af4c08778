import { createHash } from 'node:crypto'
import { EngineError, type RegistryCredential } from '@stevedore/engine'
import { withinMs } from '../../docker-client.ts'
import { authorize, parseChallenge } from './authorize.ts'
import type { InsecureCheck } from './insecure.ts'
import type { Reference } from './reference.ts'
import { toRegistryError, unreachable } from './registry-error.ts'

export interface Manifest {
  /** `sha256:…`, computed from the bytes and equal to what the registry claims. */
  digest: string
  /** Of the image's configuration; undefined for a list of images. */
  configDigest: string | undefined
}

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
  /** Fails as a push would, before one is begun: refused, throttled (with the registry's wish), away. */
  checkPush(reference: Reference, credential: RegistryCredential | undefined, signal: AbortSignal): Promise<void>
}

const mediaTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

const timeoutMs = 20_000
const maxManifestBytes = 4 * 2 ** 20

export function createRegistryClient(isInsecure: InsecureCheck): RegistryClient {
  type Ask = {
    method: 'GET' | 'HEAD'
    reference: Reference
    actions: string
    credential: RegistryCredential | undefined
    signal: AbortSignal
  }

  async function ask({ method, reference, actions, credential, signal }: Ask): Promise<Response | undefined> {
    const { registry, name, tag, digest } = reference
    const origin = `${(await isInsecure(registry, signal)) ? 'http' : 'https'}://${apiHost(registry)}`
    const url = new URL(`/v2/${name}/manifests/${digest ?? tag}`, origin)
    const ends = withinMs(timeoutMs, signal)
    const send = (target: URL, headers: Record<string, string>, verb: string = 'GET') =>
      fetch(target, { method: verb, headers: { accept: mediaTypes, ...headers }, signal: ends }).catch((error) => {
        signal.throwIfAborted()
        throw unreachable(error)
      })
    let response = await send(url, {}, method)
    const challenge = response.status === 401 ? parseChallenge(response.headers.get('www-authenticate')) : undefined
    if (challenge) {
      await response.body?.cancel()
      const scope = `repository:${name}:${actions}`
      const authorization = await authorize({ registry, challenge, scope, credential, send })
      if (authorization) response = await send(url, { authorization }, method)
    }
    if (response.status === 404) return undefined
    if (!response.ok) throw toRegistryError(response, method === 'HEAD' ? '' : await response.text())
    return response
  }

  async function readManifest(reference: Reference, credential: RegistryCredential | undefined, signal: AbortSignal) {
    const response = await ask({ method: 'GET', reference, actions: 'pull', credential, signal })
    return (
      response &&
      parseManifest(reference, response.headers.get('docker-content-digest'), await readBody(response, signal))
    )
  }

  return {
    readManifest,
    async findDigest(reference, credential, signal) {
      const response = await ask({ method: 'HEAD', reference, actions: 'pull', credential, signal })
      if (!response) return undefined
      const digest = response.headers.get('docker-content-digest')
      return digest ?? (await readManifest(reference, credential, signal))?.digest
    },
    async checkPush(reference, credential, signal) {
      await ask({ method: 'HEAD', reference, actions: 'pull,push', credential, signal })
    },
  }
}

/** Docker's own registry answers under another name than the one it is known by. */
function apiHost(registry: string): string {
  return registry === 'docker.io' || registry === 'index.docker.io' ? 'registry-1.docker.io' : registry
}

async function readBody(response: Response, signal: AbortSignal): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length
      if (size > maxManifestBytes) throw new EngineError('registry-refused', { diagnosis: 'the manifest is too large' })
      chunks.push(chunk)
    }
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof EngineError ? error : unreachable(error)
  }
  return Buffer.concat(chunks)
}

function parseManifest(reference: Reference, claimed: string | null, body: Buffer): Manifest {
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`
  const wanted = [claimed, reference.digest].filter((value) => value !== null && value !== undefined)
  const other = wanted.find((value) => value !== digest)
  if (other) throw new EngineError('digest-mismatch', { diagnosis: `the manifest is ${digest}, not ${other}` })
  return { digest, configDigest: readConfigDigest(body) }
}

function readConfigDigest(body: Buffer): string | undefined {
  try {
    return (JSON.parse(body.toString()) as { config?: { digest?: string } }).config?.digest
  } catch {
    throw new EngineError('registry-refused', { diagnosis: 'the manifest is not JSON' })
  }
}
