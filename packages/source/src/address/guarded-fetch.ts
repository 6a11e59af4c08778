import { readFile } from 'node:fs/promises'
import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { rootCertificates } from 'node:tls'
import { type FailureCode, FailureError, normalizeHost } from '@stevedore/contract'
import { type HostAddress, locateHost, notAllowed } from './locate-host.ts'

export interface GuardedRequest {
  url: URL
  method?: 'GET' | 'HEAD' | 'POST'
  headers?: Record<string, string>
  /** Credentials and the like: for the first origin alone, never sent on to where it leads. */
  ownHeaders?: Record<string, string>
  /** Of a POST, which is not sent on to where a server redirects it. */
  body?: string
  /** Hosts on private networks that the operator vouches for, each as it is or with the one port that is meant. */
  allowedHosts: readonly string[]
  /** Says why a server may not lead on to an address; default: it may to any that may be contacted. */
  judgeRedirect?: (from: URL, to: URL) => string | undefined
  /** Certificates that servers may be signed by, beside the usual ones. */
  caFile?: string | undefined
  /** The failure where nobody answers. */
  unreachable: FailureCode
  /** The failure where the server leads on to what is not followed. */
  refused: FailureCode
  signal: AbortSignal
}

export interface GuardedAnswer {
  /** Who answered: the last address of those that it was led on to. */
  url: URL
  status: number
  headers: IncomingHttpHeaders
  /** Ends with an error where nothing is heard for a minute. Read it, or destroy it. */
  body: IncomingMessage
}

const maxRedirects = 10
const connectMs = 10_000
const silenceMs = 60_000

/**
 * Asks an address that is not trusted: the one place from which files, registries and metrics are fetched. Each redirect is followed by hand
 * and its host judged as the first was, credentials stay with the first origin, and the connection goes to the addresses that were judged.
 * @throws FailureError `address-not-allowed`, `unreachable`, `refused`; what the signal aborts with
 */
export async function guardedFetch(request: GuardedRequest): Promise<GuardedAnswer> {
  let [url, headers] = [request.url, { ...request.headers, ...request.ownHeaders }]
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const body = await ask(url, headers, request).catch(toFailure(request))
    const status = body.statusCode ?? 0
    const { location } = body.headers
    if (location === undefined || ![301, 302, 303, 307, 308].includes(status))
      return { url, status, headers: body.headers, body }
    body.destroy()
    const next = follow(url, location, request)
    if (next.origin !== url.origin) headers = { ...request.headers }
    url = next
  }
  throw new FailureError(request.refused, { diagnosis: `it leads on more than ${maxRedirects} times` })
}

function follow(from: URL, location: string, { body, judgeRedirect, refused }: GuardedRequest): URL {
  const refuse = (diagnosis: string) => new FailureError(refused, { diagnosis })
  if (body !== undefined) throw refuse('it leads on to another address')
  if (!URL.canParse(location, from.href)) throw refuse('it leads on to what is no address')
  const to = new URL(location, from)
  // Who redirects does not choose what is signed in with.
  to.username = ''
  to.password = ''
  const reason = judgeRedirect?.(from, to)
  if (reason !== undefined) throw refuse(reason)
  return to
}

async function ask(url: URL, headers: Record<string, string>, request: GuardedRequest): Promise<IncomingMessage> {
  const { body, method = body === undefined ? 'GET' : 'POST', caFile, signal } = request
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw notAllowed(`${url.protocol} is not taken`)
  const addresses = await locateHost(normalizeHost(url.hostname), listAllowed(url, request.allowedHosts))
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  const ca = caFile && [...rootCertificates, await readFile(caFile, 'utf8')]
  const connection = { lookup: pinTo(addresses), agent: false, ...(ca ? { ca } : {}) }
  return new Promise((resolve, reject) => {
    const asked = send(url, { method, headers, signal, ...connection }, resolve)
    endWhereSilent(asked)
    asked.on('error', reject)
    asked.end(body)
  })
}

/** Who does not take a connection is away, long before one that does may think. A head that comes drop by drop does not count as one. */
function endWhereSilent(asked: ReturnType<typeof requestHttp>): void {
  const endAfter = (ms: number, what: string) =>
    setTimeout(() => asked.destroy(new Error(`${what} within ${ms / 1000} s`)), ms)
  const connecting = endAfter(connectMs, 'no connection')
  const thinking = endAfter(silenceMs, 'no answer')
  asked.on('socket', (socket) => socket.once('connect', () => clearTimeout(connecting)))
  asked.on('response', () => clearTimeout(thinking))
  asked.on('close', () => [connecting, thinking].forEach(clearTimeout))
  asked.setTimeout(silenceMs, () => asked.destroy(new Error(`nothing was heard for ${silenceMs / 1000} s`)))
}

/** What is allowed with a port is so for that port alone. */
function listAllowed({ hostname, port, protocol }: URL, allowed: readonly string[]): readonly string[] {
  const host = normalizeHost(hostname)
  const withPort = `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
  return allowed.includes(withPort) ? [...allowed, host] : allowed
}

/** Nothing is looked up a second time: the answer could be another. */
function pinTo(addresses: readonly HostAddress[]): LookupFunction {
  return (_host, { all }, answer) => {
    const [first] = addresses
    if (all) answer(null, [...addresses])
    else answer(null, first?.address ?? '', first?.family)
  }
}

function toFailure({ unreachable, signal }: GuardedRequest): (error: unknown) => never {
  return (error) => {
    signal.throwIfAborted()
    if (error instanceof FailureError && error.code !== 'source-unreachable') throw error
    const reason = error instanceof FailureError ? error.diagnosis : nameReason(error)
    throw new FailureError(unreachable, { diagnosis: reason ?? 'no answer', cause: error })
  }
}

/** Of several addresses that were tried, the error itself says nothing. */
function nameReason(error: unknown): string {
  const tried = error instanceof AggregateError ? error.errors.map((one) => (one as Error).message) : []
  return [...new Set(tried)].join(', ') || (error instanceof Error ? error.message : String(error))
}

/**
 * Reads an answer that is a document, and lets go of one that is larger than that may be.
 * @throws FailureError `unreachable` where it breaks off; what `tooLarge` makes
 */
export async function readDocument(
  { body }: Pick<GuardedAnswer, 'body'>,
  {
    maxBytes,
    tooLarge,
    ...request
  }: Pick<GuardedRequest, 'unreachable' | 'signal'> & {
    maxBytes: number
    tooLarge: () => FailureError
  },
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of body) {
      bytes += chunk.length
      if (bytes > maxBytes) throw tooLarge()
      chunks.push(chunk)
    }
  } catch (error) {
    return toFailure(request as GuardedRequest)(error)
  }
  return Buffer.concat(chunks)
}
