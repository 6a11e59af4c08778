import { createHash } from 'node:crypto'
import { FailureError } from '@stevedore/contract'
import { unreachable } from '../../failure/registry.ts'
import type { Reference } from './reference.ts'

export interface Manifest {
  /** `sha256:…`, computed from the bytes and equal to what the registry claims. */
  digest: string
  /** Of the image's configuration; undefined for a list of images. */
  configDigest: string | undefined
  /** Of a list of images the one that is looked at for all: Linux on amd64 where it has that. */
  mainDigest: string | undefined
}

const maxDocumentBytes = 4 * 2 ** 20

/**
 * Reads the manifest out of a registry's answer.
 * @throws FailureError `digest-mismatch` when its bytes have another digest than was asked for or is claimed
 */
export async function readManifest(reference: Reference, response: Response, signal: AbortSignal): Promise<Manifest> {
  const body = await readBody(response, signal)
  return parseManifest(reference, response.headers.get('docker-content-digest'), body)
}

/** @throws FailureError `registry-refused` where it is larger than any manifest or configuration is */
export async function readBody(response: Response, signal: AbortSignal): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length
      if (size > maxDocumentBytes) throw new FailureError('registry-refused', { diagnosis: 'the answer is too large' })
      chunks.push(chunk)
    }
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof FailureError ? error : unreachable(error)
  }
  return Buffer.concat(chunks)
}

function parseManifest(reference: Reference, claimed: string | null, body: Buffer): Manifest {
  const wanted = [claimed, reference.digest].filter((value) => value !== null && value !== undefined)
  const digest = requireDigest(body, wanted)
  const { config, manifests } = parseJson<{ config?: { digest?: string }; manifests?: ListedImage[] }>(body)
  return { digest, configDigest: config?.digest, mainDigest: manifests && chooseImage(manifests)?.digest }
}

/** @throws FailureError `digest-mismatch` where the bytes have another than one that is wanted */
export function requireDigest(body: Buffer, wanted: readonly string[]): string {
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`
  const other = wanted.find((value) => value !== digest)
  if (other) throw new FailureError('digest-mismatch', { diagnosis: `the registry gave ${digest}, not ${other}` })
  return digest
}

interface ListedImage {
  digest?: string
  platform?: { os?: string; architecture?: string }
}

function chooseImage(listed: readonly ListedImage[]): ListedImage | undefined {
  const linux = listed.filter(({ platform }) => platform?.os === 'linux')
  return linux.find(({ platform }) => platform?.architecture === 'amd64') ?? linux[0] ?? listed[0]
}

/** What a registry says of itself: fields are read as far as they are looked at. */
export function parseJson<T extends object>(body: Buffer): T {
  try {
    return JSON.parse(body.toString()) as T
  } catch {
    throw new FailureError('registry-refused', { diagnosis: 'the answer is not JSON' })
  }
}
