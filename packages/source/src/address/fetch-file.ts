import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type FailureCode, FailureError, maskAddresses } from '@stevedore/contract'
import { type GuardedAnswer, guardedFetch } from './guarded-fetch.ts'

export interface FetchedFile {
  path: string
  bytes: number
  /** When the server says that it was last changed, else the epoch's start: a file that did not change keeps its layer. */
  changedAt: Date
}

export interface FileRequest {
  url: string
  /** Sent to the first host alone, never on to where it redirects. */
  headers?: Record<string, string>
  /** Makes it a POST, which is not sent on to where a server redirects it. */
  body?: string
  /** Where it is written. */
  path: string
  /** `sha256:…` that it must have. */
  checksum: string | undefined
  maxBytes: number
  allowedHosts: readonly string[]
  /** Certificates that servers may be signed by, beside the usual ones. */
  caFile?: string | undefined
  /** The failure when the server has it not, or it is not what it should be. */
  refusedCode: FailureCode
  signal: AbortSignal
}

/**
 * Fetches one file of an address that is not trusted.
 * @throws FailureError `address-not-allowed`, `source-unreachable`, `repo-too-large`, or `refusedCode`
 */
export async function fetchFile(request: FileRequest): Promise<FetchedFile> {
  const { url, path, checksum, maxBytes, signal } = request
  const answer = await ask(request)
  if (answer.status !== 200) throw refused(request, `the server answered ${answer.status}`, answer)
  const [hash, count] = [createHash('sha256'), { bytes: 0 }]
  const meter = createMeter(maxBytes, (chunk) => {
    hash.update(chunk)
    count.bytes += chunk.length
    return count.bytes
  })
  await pipeline(answer.body, meter, createWriteStream(path), { signal }).catch(toFailure(url, signal))
  const found = `sha256:${hash.digest('hex')}`
  if (checksum !== undefined && checksum !== found) throw refused(request, `its checksum is ${found}`)
  const changedAt = new Date(answer.headers['last-modified'] ?? 0)
  return { path, bytes: count.bytes, changedAt: Number.isNaN(+changedAt) ? new Date(0) : changedAt }
}

async function ask(request: FileRequest): Promise<GuardedAnswer> {
  const { url, headers, refusedCode, ...rest } = request
  if (!URL.canParse(url)) throw refused(request, 'it is no address')
  const codes = { unreachable: 'source-unreachable', refused: refusedCode } as const
  return guardedFetch({ ...rest, ...codes, url: new URL(url), ...(headers && { ownHeaders: headers }) }).catch(
    (error: unknown) => {
      if (!(error instanceof FailureError) || error.code === 'address-not-allowed') throw error
      throw new FailureError(error.code, { diagnosis: `${maskAddresses(url)}: ${error.diagnosis}`, cause: error })
    },
  )
}

function createMeter(maxBytes: number, take: (chunk: Buffer) => number): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (take(chunk) <= maxBytes) done(null, chunk)
      else done(new FailureError('repo-too-large', { diagnosis: `a file of more than ${maxBytes} bytes` }))
    },
  })
}

function toFailure(url: string, signal: AbortSignal): (error: unknown) => never {
  return (error) => {
    signal.throwIfAborted()
    if (error instanceof FailureError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new FailureError('source-unreachable', { diagnosis: `${maskAddresses(url)}: ${reason}`, cause: error })
  }
}

function refused({ url, refusedCode }: FileRequest, why: string, answer?: GuardedAnswer): FailureError {
  answer?.body.destroy()
  return new FailureError(refusedCode, { diagnosis: `${maskAddresses(url)}: ${why}` })
}
