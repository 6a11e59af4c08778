import { createHash } from 'node:crypto'
import { FailureError, imageDigest } from '@stevedore/contract'
import type { RegistryAnswer } from './place.ts'
import type { Reference } from './reference.ts'

export interface Manifest {
  /** `sha256:…`, computed from the bytes and equal to what the registry claims. */
  digest: string
  /** Of the image's configuration; undefined for a list of images. */
  configDigest: string | undefined
  /** Of a list of images the one that is looked at for all: Linux on amd64 where it has that. */
  mainDigest: string | undefined
}

interface ManifestDocument {
  schemaVersion?: unknown
  config?: { digest?: unknown }
  manifests?: ListedImage[]
}

/**
 * Reads the manifest out of a registry's answer.
 * @throws FailureError `digest-mismatch` when its bytes have another digest than was asked for or is claimed, `registry-refused` for what is
 * no manifest
 */
export function readManifest(
  reference: Reference,
  { headers, body }: Omit<RegistryAnswer, 'url' | 'status'>,
): Manifest {
  const wanted = [readDigestHeader(headers), reference.digest].filter((value) => value !== undefined)
  const digest = requireDigest(body, wanted)
  const { schemaVersion, config, manifests } = parseJson<ManifestDocument>(body)
  if (schemaVersion !== 2 || !(manifests === undefined || Array.isArray(manifests)))
    throw new FailureError('registry-refused', { diagnosis: 'the answer is no manifest' })
  return {
    digest,
    configDigest: readDigest(config?.digest),
    mainDigest: manifests && readDigest(chooseImage(manifests)?.digest),
  }
}

/** @throws FailureError `registry-refused` where it is none: what a registry says stands in the next question's path */
function readDigest(value: unknown): string | undefined {
  if (value === undefined) return undefined
  const parsed = imageDigest.safeParse(value)
  if (parsed.success) return parsed.data
  throw new FailureError('registry-refused', { diagnosis: 'the answer has a digest that is none' })
}

/** The digest that a registry claims; undefined where it claims none. */
export function readDigestHeader({ 'docker-content-digest': claimed }: RegistryAnswer['headers']): string | undefined {
  return readDigest(claimed)
}

/** @throws FailureError `digest-mismatch` where the bytes have another than one that is wanted */
export function requireDigest(body: Buffer, wanted: readonly string[]): string {
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`
  const other = wanted.find((value) => value !== digest)
  if (other) throw new FailureError('digest-mismatch', { diagnosis: `the registry gave ${digest}, not ${other}` })
  return digest
}

interface ListedImage {
  digest?: unknown
  platform?: { os?: string; architecture?: string }
}

function chooseImage(listed: readonly ListedImage[]): ListedImage | undefined {
  const linux = listed.filter((one) => one?.platform?.os === 'linux')
  return linux.find((one) => one.platform?.architecture === 'amd64') ?? linux[0] ?? listed[0]
}

/** What a registry says of itself: fields are read as far as they are looked at. */
export function parseJson<T extends object>(body: Buffer): T {
  try {
    const parsed: unknown = JSON.parse(body.toString())
    if (typeof parsed === 'object' && parsed !== null) return parsed as T
  } catch {
    // It is no JSON, which is as good as another sort of it.
  }
  throw new FailureError('registry-refused', { diagnosis: 'the answer is not a JSON document' })
}
