import { createHash } from 'node:crypto'
import { FailureError } from '@stevedore/contract'
import { unreachable } from '../../failure/registry.ts'
import type { Reference } from './reference.ts'

export interface Manifest {
  /** `sha256:…`, computed from the bytes and equal to what the registry claims. */
  digest: string
  /** Of the image's configuration; undefined for a list of images. */
  configDigest: string | undefined
}

const maxManifestBytes = 4 * 2 ** 20

/**
 * Reads the manifest out of a registry's answer.
 * @throws FailureError `digest-mismatch` when its bytes have another digest than was asked for or is claimed
 */
export async function readManifest(reference: Reference, response: Response, signal: AbortSignal): Promise<Manifest> {
  const body = await readBody(response, signal)
  return parseManifest(reference, response.headers.get('docker-content-digest'), body)
}

async function readBody(response: Response, signal: AbortSignal): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length
      if (size > maxManifestBytes)
        throw new FailureError('registry-refused', { diagnosis: 'the manifest is too large' })
      chunks.push(chunk)
    }
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof FailureError ? error : unreachable(error)
  }
  return Buffer.concat(chunks)
}

function parseManifest(reference: Reference, claimed: string | null, body: Buffer): Manifest {
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`
  const wanted = [claimed, reference.digest].filter((value) => value !== null && value !== undefined)
  const other = wanted.find((value) => value !== digest)
  if (other) throw new FailureError('digest-mismatch', { diagnosis: `the manifest is ${digest}, not ${other}` })
  return { digest, configDigest: readConfigDigest(body) }
}

function readConfigDigest(body: Buffer): string | undefined {
  try {
    return (JSON.parse(body.toString()) as { config?: { digest?: string } }).config?.digest
  } catch {
    throw new FailureError('registry-refused', { diagnosis: 'the manifest is not JSON' })
  }
}
