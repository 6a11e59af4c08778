import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request as requestHttp } from 'node:http'
import { type RequestOptions, request as requestHttps } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'
import { cutText, traceCall } from '@stevedore/contract'
import { withinMs } from '@stevedore/engine'
import { ApiError, type ApiStatus } from './api-error.ts'

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** From the server's root, with its query. */
  path: string
  body?: unknown
  contentType?: string
  /** Absent for a stream that may rightly be quiet for long. */
  timeoutMs?: number
}

const bodyLimitBytes = 64 * 2 ** 20

/**
 * One request with the kubeconfig's credentials. The library's own client opens a new connection pool per request and its
 * generated calls take no AbortSignal, so only its reading of kubeconfigs is used.
 * @throws ApiError for anything but 2xx; the signal's reason when it aborts
 */
export function sendRequest(config: KubeConfig, request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const name = `${request.method} ${nameResource(request.path)}`
  return traceCall({ system: 'kubernetes', name }, () => sendNow(config, request, signal))
}

/** `deployments` of `/apis/apps/v1/namespaces/default/deployments/shop?dryRun=All`. */
function nameResource(path: string): string {
  const [, root, ...parts] = path.split('?', 1)[0]?.split('/') ?? []
  const resource = parts.slice(root === 'apis' ? 2 : 1)
  return (resource[0] === 'namespaces' && resource[2]) || resource[0] || root || 'api'
}

async function sendNow(config: KubeConfig, request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
  signal.throwIfAborted()
  const { timeoutMs } = request
  try {
    const response = await exchange(config, request, timeoutMs === undefined ? signal : withinMs(timeoutMs, signal))
    const status = response.statusCode ?? 0
    if (status >= 200 && status < 300) return response
    throw new ApiError(status, readStatus(await readBody(response)), { retryAfterMs: readRetryAfter(response) })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ApiError) throw error
    throw new ApiError(0, { message: describeConnectionFault(error) }, { cause: error })
  }
}

/** The whole body as JSON; of what type, the path decides. */
export async function fetchJson<T>(config: KubeConfig, request: ApiRequest, signal: AbortSignal): Promise<T> {
  const response = await sendRequest(config, { timeoutMs: 30_000, ...request }, signal)
  try {
    return JSON.parse(await readBody(response))
  } catch (error) {
    signal.throwIfAborted()
    throw new ApiError(0, { message: 'the answer of the Kubernetes API was cut off' }, { cause: error })
  }
}

async function exchange(config: KubeConfig, request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const server = config.getCurrentCluster()?.server
  if (server === undefined) throw new Error('the kubeconfig names no cluster for its context')
  const body = request.body === undefined ? undefined : JSON.stringify(request.body)
  const options = await authorize(config, describeBody(body, request.contentType))
  const url = new URL(server.replace(/\/$/, '') + request.path)
  return new Promise((resolve, reject) => {
    const open = url.protocol === 'http:' ? requestHttp : requestHttps
    open(url, { ...options, method: request.method, signal }, resolve)
      .on('error', reject)
      .end(body)
  })
}

function describeBody(body: string | undefined, contentType = 'application/json'): OutgoingHttpHeaders {
  const headers = { accept: 'application/json', 'user-agent': 'stevedore' }
  if (body === undefined) return headers
  return { ...headers, 'content-type': contentType, 'content-length': Buffer.byteLength(body) }
}

/** The kubeconfig's agent, certificates and token. */
async function authorize(config: KubeConfig, headers: OutgoingHttpHeaders): Promise<RequestOptions> {
  const options: RequestOptions = { headers }
  await config.applyToHTTPSOptions(options)
  // The library keeps one agent per cluster and user; left to its default it would open a connection per request.
  if (options.agent instanceof Agent) Object.assign(options.agent, { keepAlive: true })
  return options
}

export async function readBody(response: IncomingMessage, limitBytes = bodyLimitBytes): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    size += chunk.length
    if (size > limitBytes) throw new Error(`the answer is larger than ${limitBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function readStatus(text: string): ApiStatus {
  try {
    return JSON.parse(text)
  } catch {
    // Not every refusal comes from the API itself: a proxy before it answers in prose.
    return { message: cutText(text, 500) }
  }
}

function readRetryAfter({ headers }: IncomingMessage): number | undefined {
  const seconds = Number(headers['retry-after'])
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : undefined
}

function describeConnectionFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'the Kubernetes API did not answer in time'
  return 'code' in error ? `no connection to the Kubernetes API: ${error.code}` : error.message
}
