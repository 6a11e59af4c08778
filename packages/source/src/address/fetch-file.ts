import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { rootCertificates } from 'node:tls'
import { type FailureCode, FailureError, maskAddresses, normalizeHost } from '@stevedore/contract'
import { type HostAddress, locateHost, notAllowed } from './locate-host.ts'

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

const maxRedirects = 10
const silenceMs = 60_000

/**
 * Fetches one file of an address that is not trusted. Each redirect is followed by hand, and its host judged as the first was; the
 * connection goes to the addresses that were judged.
 * @throws FailureError `address-not-allowed`, `source-unreachable`, `repo-too-large`, or `refusedCode`
 */
export async function fetchFile(request: FileRequest): Promise<FetchedFile> {
  const { url, path, checksum, maxBytes, signal } = request
  const response = await followRedirects(request)
  if (response.statusCode !== 200) throw refused(request, `the server answered ${response.statusCode}`, response)
  const [hash, count] = [createHash('sha256'), { bytes: 0 }]
  const meter = createMeter(maxBytes, (chunk) => {
    hash.update(chunk)
    count.bytes += chunk.length
    return count.bytes
  })
  await pipeline(response, meter, createWriteStream(path), { signal }).catch(toFailure(url, signal))
  const found = `sha256:${hash.digest('hex')}`
  if (checksum !== undefined && checksum !== found) throw refused(request, `its checksum is ${found}`)
  const changedAt = new Date(response.headers['last-modified'] ?? 0)
  return { path, bytes: count.bytes, changedAt: Number.isNaN(+changedAt) ? new Date(0) : changedAt }
}

async function followRedirects(request: FileRequest): Promise<IncomingMessage> {
  if (!URL.canParse(request.url)) throw refused(request, 'it is no address')
  let [url, headers] = [new URL(request.url), request.headers ?? {}]
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const response = await ask(url, headers, request).catch(toFailure(url.href, request.signal))
    const location = response.headers.location
    if (location === undefined || ![301, 302, 303, 307, 308].includes(response.statusCode ?? 0)) return response
    response.destroy()
    if (request.body !== undefined) throw refused(request, 'it leads on to another address')
    if (!URL.canParse(location, url.href)) throw refused(request, 'it leads on to what is no address')
    const next: URL = new URL(location, url)
    if (next.origin !== url.origin) headers = {}
    url = next
  }
  throw refused(request, `it leads on more than ${maxRedirects} times`)
}

async function ask(
  url: URL,
  headers: Record<string, string>,
  { body, allowedHosts, caFile, signal }: FileRequest,
): Promise<IncomingMessage> {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw notAllowed(`${url.protocol} is not taken`)
  const addresses = await locateHost(normalizeHost(url.hostname), allowedHosts)
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  const method = body === undefined ? 'GET' : 'POST'
  const ca = caFile && [...rootCertificates, await readFile(caFile, 'utf8')]
  const connection = { lookup: pinTo(addresses), timeout: silenceMs, agent: false, ...(ca ? { ca } : {}) }
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, signal, ...connection }, resolve)
    asked.on('timeout', () => asked.destroy(new Error(`nothing was heard for ${silenceMs} ms`)))
    asked.on('error', reject)
    asked.end(body)
  })
}

/** Nothing is looked up a second time: the answer could be another. */
function pinTo(addresses: readonly HostAddress[]): LookupFunction {
  return (_host, { all }, answer) => {
    const [first] = addresses
    if (all) answer(null, [...addresses])
    else answer(null, first?.address ?? '', first?.family)
  }
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

function refused({ url, refusedCode }: FileRequest, why: string, response?: IncomingMessage): FailureError {
  response?.destroy()
  return new FailureError(refusedCode, { diagnosis: `${maskAddresses(url)}: ${why}` })
}
